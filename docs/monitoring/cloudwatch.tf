# Alarms and a dashboard for a table of Tidepool.

variable "table_name" {
  type    = string
  default = "tidepool"
}

variable "topic" {
  type        = string
  description = "ARN of the SNS topic that hears of alarms"
}

variable "region" {
  type        = string
  description = "The Region of the table, for the dashboard"
}

variable "read_millis" {
  type        = number
  default     = 20
  description = "What a read may take within DynamoDB on the average of a minute, in milliseconds"
}

variable "write_millis" {
  type        = number
  default     = 30
  description = "What a write may take within DynamoDB on the average of a minute, in milliseconds"
}

variable "read_units_per_minute" {
  type        = number
  default     = 60000
  description = "Read units of a minute above which something is wrong; dev.tidepool.tools.Cost has those of a usual one"
}

variable "write_units_per_minute" {
  type        = number
  default     = 30000
  description = "Write units of a minute above which something is wrong; dev.tidepool.tools.Cost has those of a usual one"
}

resource "aws_cloudwatch_metric_alarm" "reads_throttled" {
  alarm_name          = "${var.table_name} ReadsThrottled"
  alarm_description   = "Reads of the table are throttled: raise its capacity, bill it on demand, or look for one key that all ask for."
  namespace           = "AWS/DynamoDB"
  metric_name         = "ReadThrottleEvents"
  dimensions          = { TableName = var.table_name }
  statistic           = "Sum"
  period              = 60
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  evaluation_periods  = 5
  datapoints_to_alarm = 3
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.topic]
  ok_actions          = [var.topic]
}

resource "aws_cloudwatch_metric_alarm" "writes_throttled" {
  alarm_name          = "${var.table_name} WritesThrottled"
  alarm_description   = "Writes of the table are throttled: raise its capacity, bill it on demand, or spread the key that all change. One item takes 1,000 units a second."
  namespace           = "AWS/DynamoDB"
  metric_name         = "WriteThrottleEvents"
  dimensions          = { TableName = var.table_name }
  statistic           = "Sum"
  period              = 60
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  evaluation_periods  = 5
  datapoints_to_alarm = 3
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.topic]
  ok_actions          = [var.topic]
}

resource "aws_cloudwatch_metric_alarm" "reads_slow" {
  alarm_name          = "${var.table_name} ReadsSlow"
  alarm_description   = "Reads take long within DynamoDB itself: look at the AWS Health Dashboard, and at the size of the items."
  namespace           = "AWS/DynamoDB"
  metric_name         = "SuccessfulRequestLatency"
  dimensions          = { TableName = var.table_name, Operation = "GetItem" }
  statistic           = "Average"
  period              = 60
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = var.read_millis
  evaluation_periods  = 5
  datapoints_to_alarm = 5
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.topic]
  ok_actions          = [var.topic]
}

resource "aws_cloudwatch_metric_alarm" "writes_slow" {
  alarm_name          = "${var.table_name} WritesSlow"
  alarm_description   = "Writes take long within DynamoDB itself: look at the AWS Health Dashboard, and at the size of the items."
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = var.write_millis
  evaluation_periods  = 5
  datapoints_to_alarm = 5
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.topic]
  ok_actions          = [var.topic]

  metric_query {
    id          = "value"
    expression  = "MAX([FILL(put, 0), FILL(update, 0)])"
    return_data = true
  }

  metric_query {
    id = "put"
    metric {
      namespace   = "AWS/DynamoDB"
      metric_name = "SuccessfulRequestLatency"
      dimensions  = { TableName = var.table_name, Operation = "PutItem" }
      period      = 60
      stat        = "Average"
    }
  }

  metric_query {
    id = "update"
    metric {
      namespace   = "AWS/DynamoDB"
      metric_name = "SuccessfulRequestLatency"
      dimensions  = { TableName = var.table_name, Operation = "UpdateItem" }
      period      = 60
      stat        = "Average"
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "system_errors" {
  alarm_name          = "${var.table_name} SystemErrors"
  alarm_description   = "DynamoDB answers with errors of its own, which are tried again. Look at the AWS Health Dashboard."
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  evaluation_periods  = 5
  datapoints_to_alarm = 3
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.topic]
  ok_actions          = [var.topic]

  metric_query {
    id          = "value"
    expression  = "FILL(get, 0) + FILL(put, 0) + FILL(update, 0) + FILL(delete, 0)"
    return_data = true
  }

  metric_query {
    id = "get"
    metric {
      namespace   = "AWS/DynamoDB"
      metric_name = "SystemErrors"
      dimensions  = { TableName = var.table_name, Operation = "GetItem" }
      period      = 60
      stat        = "Sum"
    }
  }

  metric_query {
    id = "put"
    metric {
      namespace   = "AWS/DynamoDB"
      metric_name = "SystemErrors"
      dimensions  = { TableName = var.table_name, Operation = "PutItem" }
      period      = 60
      stat        = "Sum"
    }
  }

  metric_query {
    id = "update"
    metric {
      namespace   = "AWS/DynamoDB"
      metric_name = "SystemErrors"
      dimensions  = { TableName = var.table_name, Operation = "UpdateItem" }
      period      = 60
      stat        = "Sum"
    }
  }

  metric_query {
    id = "delete"
    metric {
      namespace   = "AWS/DynamoDB"
      metric_name = "SystemErrors"
      dimensions  = { TableName = var.table_name, Operation = "DeleteItem" }
      period      = 60
      stat        = "Sum"
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "user_errors" {
  alarm_name          = "${var.table_name} UserErrors"
  alarm_description   = "Requests of this account and Region are refused with a status of 400: a missing permission or table, an item that is too large. The exception says which."
  namespace           = "AWS/DynamoDB"
  metric_name         = "UserErrors"
  statistic           = "Sum"
  period              = 60
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  evaluation_periods  = 5
  datapoints_to_alarm = 3
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.topic]
  ok_actions          = [var.topic]
}

resource "aws_cloudwatch_metric_alarm" "many_read_units" {
  alarm_name          = "${var.table_name} ManyReadUnits"
  alarm_description   = "More is read than was reckoned with: look for scans (clear, removeAll, iterating, reaping) and for items that have grown."
  namespace           = "AWS/DynamoDB"
  metric_name         = "ConsumedReadCapacityUnits"
  dimensions          = { TableName = var.table_name }
  statistic           = "Sum"
  period              = 60
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = var.read_units_per_minute
  evaluation_periods  = 15
  datapoints_to_alarm = 15
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.topic]
  ok_actions          = [var.topic]
}

resource "aws_cloudwatch_metric_alarm" "many_write_units" {
  alarm_name          = "${var.table_name} ManyWriteUnits"
  alarm_description   = "More is written than was reckoned with: look for items that have grown, for touchInterval=0, and for keys that all change."
  namespace           = "AWS/DynamoDB"
  metric_name         = "ConsumedWriteCapacityUnits"
  dimensions          = { TableName = var.table_name }
  statistic           = "Sum"
  period              = 60
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = var.write_units_per_minute
  evaluation_periods  = 15
  datapoints_to_alarm = 15
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.topic]
  ok_actions          = [var.topic]
}

resource "aws_cloudwatch_metric_alarm" "nothing_expires" {
  alarm_name          = "${var.table_name} NothingExpires"
  alarm_description   = "TTL has deleted nothing for three days: is it on, and on the attribute expires? A table that nobody uses says so, too."
  namespace           = "AWS/DynamoDB"
  metric_name         = "TimeToLiveDeletedItemCount"
  dimensions          = { TableName = var.table_name }
  statistic           = "Sum"
  period              = 86400
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  evaluation_periods  = 3
  datapoints_to_alarm = 3
  treat_missing_data  = "breaching"
  alarm_actions       = [var.topic]
  ok_actions          = [var.topic]
}

resource "aws_cloudwatch_dashboard" "table" {
  dashboard_name = "tidepool-${var.table_name}"
  dashboard_body = <<-JSON
    {
      "widgets": [
        {
          "type": "metric", "x": 0, "y": 0, "width": 8, "height": 6,
          "properties": {
            "title": "Units consumed a minute", "region": "${var.region}", "view": "timeSeries",
            "stat": "Sum", "period": 60,
            "metrics": [
              ["AWS/DynamoDB", "ConsumedReadCapacityUnits", "TableName", "${var.table_name}"],
              ["AWS/DynamoDB", "ConsumedWriteCapacityUnits", "TableName", "${var.table_name}"]
            ]
          }
        },
        {
          "type": "metric", "x": 8, "y": 0, "width": 8, "height": 6,
          "properties": {
            "title": "Throttled reads and writes", "region": "${var.region}", "view": "timeSeries",
            "stat": "Sum", "period": 60,
            "metrics": [
              ["AWS/DynamoDB", "ReadThrottleEvents", "TableName", "${var.table_name}"],
              ["AWS/DynamoDB", "WriteThrottleEvents", "TableName", "${var.table_name}"]
            ]
          }
        },
        {
          "type": "metric", "x": 16, "y": 0, "width": 8, "height": 6,
          "properties": {
            "title": "Latency in the store, ms", "region": "${var.region}", "view": "timeSeries",
            "stat": "Average", "period": 60,
            "metrics": [
              ["AWS/DynamoDB", "SuccessfulRequestLatency", "TableName", "${var.table_name}", "Operation", "GetItem"],
              ["AWS/DynamoDB", "SuccessfulRequestLatency", "TableName", "${var.table_name}", "Operation", "PutItem"],
              ["AWS/DynamoDB", "SuccessfulRequestLatency", "TableName", "${var.table_name}", "Operation", "UpdateItem"],
              ["AWS/DynamoDB", "SuccessfulRequestLatency", "TableName", "${var.table_name}", "Operation", "DeleteItem"]
            ]
          }
        },
        {
          "type": "metric", "x": 0, "y": 6, "width": 8, "height": 6,
          "properties": {
            "title": "Errors", "region": "${var.region}", "view": "timeSeries",
            "stat": "Sum", "period": 60,
            "metrics": [
              ["AWS/DynamoDB", "SystemErrors", "TableName", "${var.table_name}", "Operation", "GetItem", {"label": "system GetItem"}],
              ["AWS/DynamoDB", "SystemErrors", "TableName", "${var.table_name}", "Operation", "PutItem", {"label": "system PutItem"}],
              ["AWS/DynamoDB", "SystemErrors", "TableName", "${var.table_name}", "Operation", "UpdateItem", {"label": "system UpdateItem"}],
              ["AWS/DynamoDB", "SystemErrors", "TableName", "${var.table_name}", "Operation", "DeleteItem", {"label": "system DeleteItem"}],
              ["AWS/DynamoDB", "UserErrors", {"label": "user, whole account"}]
            ]
          }
        },
        {
          "type": "metric", "x": 8, "y": 6, "width": 8, "height": 6,
          "properties": {
            "title": "Refused conditions", "region": "${var.region}", "view": "timeSeries",
            "stat": "Sum", "period": 60,
            "metrics": [
              ["AWS/DynamoDB", "ConditionalCheckFailedRequests", "TableName", "${var.table_name}"]
            ]
          }
        },
        {
          "type": "metric", "x": 16, "y": 6, "width": 8, "height": 6,
          "properties": {
            "title": "Items deleted by TTL an hour", "region": "${var.region}", "view": "timeSeries",
            "stat": "Sum", "period": 3600,
            "metrics": [
              ["AWS/DynamoDB", "TimeToLiveDeletedItemCount", "TableName", "${var.table_name}"]
            ]
          }
        }
      ]
    }
  JSON
}
