package dev.tidepool.express;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The cookie's value against that of Express. The vectors were made with cookie-signature 1.0.7 and cookie 0.7.2, as
 * express-session 1.19.0 uses them:
 *
 * <pre>{@code
 * node -e "console.log(require('cookie').serialize('connect.sid', 's:' + require('cookie-signature').sign(id, secret)))"
 * }</pre>
 */
final class SignedCookieTest {
    private static final String NAME = "connect.sid";
    private static final String ID = "rXmVWUSnKqKZ1EgqPLsE0W0xV5q5xT_8";
    private static final String SIGNATURE = "iOyAmxQHuS7Uqx9pIIOgKFj+AOA36PgVDK+1ItKW/VQ";
    private static final String COOKIE =
            "s%3ArXmVWUSnKqKZ1EgqPLsE0W0xV5q5xT_8.iOyAmxQHuS7Uqx9pIIOgKFj%2BAOA36PgVDK%2B1ItKW%2FVQ";
    private static final SecretKeySpec KEYBOARD_CAT = SignedCookie.key("keyboard cat");

    private static String found(String... headers) {
        return String.valueOf(SignedCookie.find(List.of(headers), NAME, List.of(KEYBOARD_CAT)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                ID + "|keyboard cat|" + COOKIE,
                ID + "|schlüssel ☃|s%3A" + ID + ".FkAmuRNXpuQTDTbmYbOyDmfRZ8xf8ZuFnzgGeZyJqJs",
                "abc.def|keyboard cat|s%3Aabc.def.R3mKOD9L1tL5Ys2h%2B%2Bsc4X1DmM5o%2B%2B2PdB6wVkiY9VI",
                "ünï✓ (x)*!~'|keyboard cat|s%3A%C3%BCn%C3%AF%E2%9C%93%20(x)*!~'"
                        + ".iMVXO5x73JmxqwHinGcGx7eOemUbq%2BiV%2BPe%2BloICtH8"
            })
    void value_ofId_isThatOfExpressAndIsRead(String id, String secret, String value) {
        SecretKeySpec key = SignedCookie.key(secret);

        assertThat(SignedCookie.write(id, key)).isEqualTo(value);
        assertThat(SignedCookie.find(List.of(NAME + "=" + value), NAME, List.of(key)))
                .isEqualTo(id);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "connect.sid=" + COOKIE,
                "a=1; connect.sid=" + COOKIE + "; b=2",
                "flag;connect.sid=" + COOKIE,
                "connect.sid = " + COOKIE + " ",
                "connect.sid=\"" + COOKIE + "\"",
                "connect.sid=s:" + ID + "." + SIGNATURE,
                "connect.sid=s%3a" + ID + "%2e" + SIGNATURE,
                "connect.sid=s%3Aother." + SIGNATURE + "; connect.sid=" + COOKIE
            })
    void header_withSignedCookie_isRead(String header) {
        assertThat(found(header)).isEqualTo(ID);
    }

    @Test
    void headers_several_areReadAsOne() {
        assertThat(found("a=1", "connect.sid=forged", "connect.sid=" + COOKIE)).isEqualTo(ID);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "connect.sid",
                "connect.sid=",
                "connect.sid=\"",
                "connect.sid=" + ID,
                "connect.sid=s%3A" + ID,
                "connect.sid=s%3A" + ID + ".",
                "connect.sid=s%3A." + SIGNATURE,
                // signed, but empty
                "connect.sid=s%3A.aJcKKTu8Uv0mRiw7LTI435t%2BpOa%2BgiU%2FWLAuLCKGEFc",
                // one character changed, in the id and in the signature; the last one carries two bits that do not
                // count
                "connect.sid=s:sXmVWUSnKqKZ1EgqPLsE0W0xV5q5xT_8." + SIGNATURE,
                "connect.sid=s:" + ID + ".jOyAmxQHuS7Uqx9pIIOgKFj+AOA36PgVDK+1ItKW/VQ",
                "connect.sid=s:" + ID + ".iOyAmxQHuS7Uqx9pIIOgKFj+AOA36PgVDK+1ItKW/VR",
                // truncated, padded, in the alphabet for URLs
                "connect.sid=s:" + ID + ".iOyAmxQHuS7Uqx9pIIOgKFj+AOA36PgVDK+1ItKW/V",
                "connect.sid=s:" + ID + "." + SIGNATURE + "=",
                "connect.sid=s:" + ID + ".iOyAmxQHuS7Uqx9pIIOgKFj-AOA36PgVDK-1ItKW_VQ",
                "connect.sid=S:" + ID + "." + SIGNATURE,
                "connect.sid=j:" + ID + "." + SIGNATURE,
                "CONNECT.SID=" + COOKIE,
                "other=" + COOKIE,
                // malformed percent encoding: unfinished, no digits, no UTF-8
                "connect.sid=" + COOKIE + "%",
                "connect.sid=" + COOKIE + "%2",
                "connect.sid=%zz" + COOKIE,
                "connect.sid=%+2" + COOKIE,
                "connect.sid=%ff" + COOKIE,
                "connect.sid=%22" + COOKIE + "%22"
            })
    void header_withoutSignedCookie_isNone(String header) {
        assertThat(found(header)).isEqualTo("null");
    }

    @Test
    void cookie_ofOldSecret_isReadWhileThatIsKnown() {
        SecretKeySpec old = SignedCookie.key("old secret");
        String header = "connect.sid=" + SignedCookie.write(ID, old);

        assertThat(SignedCookie.find(List.of(header), NAME, List.of(KEYBOARD_CAT, old)))
                .isEqualTo(ID);
        assertThat(SignedCookie.find(List.of(header), NAME, List.of(KEYBOARD_CAT)))
                .isNull();
    }

    /** Each costs a signature, and a request may have thousands. */
    @Test
    void cookies_moreThanBrowsersHave_areNotRead() {
        String forged = "connect.sid=s:" + ID + "." + "A".repeat(SIGNATURE.length()) + "; ";

        assertThat(found(forged.repeat(15) + "connect.sid=" + COOKIE)).isEqualTo(ID);
        assertThat(found(forged.repeat(16) + "connect.sid=" + COOKIE)).isEqualTo("null");
        assertThat(found(Collections.nCopies(16, forged + "a=1").toArray(String[]::new)))
                .isEqualTo("null");
    }
}
