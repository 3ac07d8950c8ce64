package dev.tidepool.codec;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A provider of OpenID Connect and OAuth2 that knows one user, and takes any code for hers. */
final class IdentityProvider implements AutoCloseable {
    /** What it says of its user where it is asked for her. */
    static final String USER = "{\"sub\":\"ann\",\"login\":\"ann\",\"name\":\"Ann\",\"updated_at\":1700000000,"
            + "\"email_verified\":true,\"address\":{\"locality\":\"Bergen\"},\"plan\":{\"seats\":3,\"tags\":[\"a\"]}}";

    private final HttpServer server;
    private final RSAKey key = newKey();
    private RSAKey signer = key;
    private UnaryOperator<JWTClaimsSet.Builder> changes = UnaryOperator.identity();
    private @Nullable String nonce;
    private boolean refuses;

    IdentityProvider() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        answer("/.well-known/openid-configuration", this::configuration);
        answer("/keys", () -> new JWKSet(key.toPublicJWK()).toString());
        answer("/user", () -> USER);
        answer("/token", this::tokens);
        server.start();
    }

    /** Something that gives an answer. */
    @FunctionalInterface
    private interface Answer {
        String get() throws JOSEException;
    }

    private void answer(String path, Answer answer) {
        server.createContext(path, exchange -> {
            boolean refused = refuses && path.equals("/token");
            byte[] body = text(refused ? () -> "{\"error\":\"invalid_grant\"}" : answer);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(refused ? 400 : 200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
    }

    private static byte[] text(Answer answer) throws IOException {
        try {
            return answer.get().getBytes(StandardCharsets.UTF_8);
        } catch (JOSEException e) {
            throw new IOException(e);
        }
    }

    private static RSAKey newKey() {
        try {
            return new RSAKeyGenerator(2048).keyID("key").generate();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    String issuer() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** Has the next tokens carry more. */
    void withClaims(UnaryOperator<JWTClaimsSet.Builder> more) {
        changes = more;
    }

    /** Has the next tokens carry what the redirect has asked for. */
    void withNonce(@Nullable String asked) {
        nonce = asked;
    }

    /** Signs with a key that nobody knows. */
    void forge() {
        signer = newKey();
    }

    /** Takes no code any more. */
    void refuseCodes() {
        refuses = true;
    }

    private String configuration() {
        return """
                {"issuer":"%1$s","authorization_endpoint":"%1$s/authorize","token_endpoint":"%1$s/token",
                "userinfo_endpoint":"%1$s/user","jwks_uri":"%1$s/keys","response_types_supported":["code"],
                "subject_types_supported":["public"],"id_token_signing_alg_values_supported":["RS256"],
                "mtls_endpoint_aliases":{"token_endpoint":"%1$s/token"}}""".formatted(issuer());
    }

    private String tokens() throws JOSEException {
        Date now = Date.from(Instant.now());
        JWTClaimsSet.Builder claims = new JWTClaimsSet.Builder()
                .issuer(issuer())
                .subject("ann")
                .audience("shop")
                .issueTime(now)
                .expirationTime(Date.from(Instant.now().plusSeconds(60)))
                .claim("auth_time", now)
                .claim("nonce", nonce)
                .claim("realm_access", Map.of("roles", List.of("customer"), "rank", 3));
        SignedJWT token = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("key").build(),
                changes.apply(claims).build());
        token.sign(new RSASSASigner(signer));
        return "{\"access_token\":\"access\",\"refresh_token\":\"refresh\",\"token_type\":\"Bearer\",\"expires_in\":60,"
                + "\"scope\":\"openid profile\",\"id_token\":\"" + token.serialize() + "\"}";
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
