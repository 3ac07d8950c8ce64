# Licences of dependencies

What comes with Tidepool, and what its optional features need, with all that these bring along. Tidepool itself is under
the Apache License 2.0. The table is made by `license-maven-plugin` from what the dependencies say of themselves, and a
test holds it to what the build resolves. The versions are in the bill of materials (CycloneDX) beside the jar.

| dependency | licence |
|---|---|
<#list dependencyMap as entry>
| `${entry.key.groupId}:${entry.key.artifactId}` | ${entry.value?join(", ")} |
</#list>
