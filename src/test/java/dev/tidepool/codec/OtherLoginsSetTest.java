package dev.tidepool.codec;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.ldap.core.DirContextAdapter;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.core.context.SecurityContextImpl;
import org.springframework.security.core.userdetails.UserDetails;
import org.springframework.security.ldap.userdetails.InetOrgPerson;
import org.springframework.security.ldap.userdetails.InetOrgPersonContextMapper;
import org.springframework.security.ldap.userdetails.LdapAuthority;
import org.springframework.security.ldap.userdetails.LdapUserDetailsMapper;
import org.springframework.security.ldap.userdetails.PersonContextMapper;
import org.springframework.security.ldap.userdetails.UserDetailsContextMapper;
import org.springframework.security.saml2.provider.service.authentication.DefaultSaml2AuthenticatedPrincipal;
import org.springframework.security.saml2.provider.service.authentication.Saml2Authentication;
import org.springframework.security.saml2.provider.service.authentication.Saml2PostAuthenticationRequest;
import org.springframework.security.saml2.provider.service.registration.RelyingPartyRegistration;
import org.springframework.security.web.webauthn.api.AuthenticatorTransport;
import org.springframework.security.web.webauthn.api.Bytes;
import org.springframework.security.web.webauthn.api.ImmutableAuthenticationExtensionsClientInputs;
import org.springframework.security.web.webauthn.api.ImmutablePublicKeyCredentialUserEntity;
import org.springframework.security.web.webauthn.api.PublicKeyCredentialDescriptor;
import org.springframework.security.web.webauthn.api.PublicKeyCredentialRequestOptions;
import org.springframework.security.web.webauthn.api.PublicKeyCredentialUserEntity;
import org.springframework.security.web.webauthn.api.UserVerificationRequirement;
import org.springframework.security.web.webauthn.authentication.HttpSessionPublicKeyCredentialRequestOptionsRepository;
import org.springframework.security.web.webauthn.authentication.WebAuthnAuthentication;

/** Logins whose servers and devices the tests do not have: what the library makes of their answers. */
@ParameterizedClass
@EnumSource(TestCodec.class)
final class OtherLoginsSetTest {
    private static final List<GrantedAuthority> CUSTOMER = AuthorityUtils.createAuthorityList("ROLE_CUSTOMER");

    private final SetsOfLibraries nodes;

    OtherLoginsSetTest(TestCodec codec) {
        nodes = SetsOfLibraries.of(codec, "spring-security");
    }

    private UserDetails readFromDirectory(UserDetailsContextMapper mapper) {
        DirContextAdapter entry = new DirContextAdapter("uid=ann,ou=people");
        entry.setAttributeValue("uid", "ann");
        entry.setAttributeValue("sn", "Lee");
        entry.setAttributeValues("cn", new String[] {"Ann Lee"});
        UserDetails ann = mapper.mapUserFromContext(
                entry, "ann", List.of(new LdapAuthority("ROLE_CUSTOMER", "cn=customers", Map.of("cn", List.of("a")))));
        SecurityContextImpl context = new SecurityContextImpl(
                UsernamePasswordAuthenticationToken.authenticated(ann, null, ann.getAuthorities()));

        SecurityContextImpl read = nodes.read(context);

        assertThat(read).isEqualTo(context);
        assertThat(read.getAuthentication().getPrincipal())
                .hasToString(context.getAuthentication().getPrincipal().toString());
        return (UserDetails) read.getAuthentication().getPrincipal();
    }

    @Test
    void userOfADirectory_isReadByTheOtherNode() {
        assertThat(readFromDirectory(new LdapUserDetailsMapper()).getUsername()).isEqualTo("ann");
        assertThat(readFromDirectory(new PersonContextMapper()).getUsername()).isEqualTo("ann");
        InetOrgPerson person = (InetOrgPerson) readFromDirectory(new InetOrgPersonContextMapper());
        assertThat(person.getSn()).isEqualTo("Lee");
        assertThat(person.getCn()).containsExactly("Ann Lee");
    }

    @Test
    void loginBySaml_isReadByTheOtherNode() {
        DefaultSaml2AuthenticatedPrincipal ann =
                new DefaultSaml2AuthenticatedPrincipal("ann", Map.of("mail", List.of("ann@example.org")), List.of("1"));
        ann.setRelyingPartyRegistrationId("idp");
        SecurityContextImpl context = new SecurityContextImpl(new Saml2Authentication(ann, "<response/>", CUSTOMER));

        SecurityContextImpl read = nodes.read(context);

        Saml2Authentication login = (Saml2Authentication) read.getAuthentication();
        assertThat(login.getSaml2Response()).isEqualTo("<response/>");
        assertThat(login.getAuthorities()).hasToString(CUSTOMER.toString());
        assertThat(login.getPrincipal()).usingRecursiveComparison().isEqualTo(ann);
    }

    @Test
    void requestForALoginBySaml_isReadByTheOtherNode() {
        RelyingPartyRegistration registration = RelyingPartyRegistration.withRegistrationId("idp")
                .entityId("shop")
                .assertionConsumerServiceLocation("https://shop.example/login")
                .assertingPartyMetadata(
                        idp -> idp.entityId("idp").singleSignOnServiceLocation("https://idp.example/login"))
                .build();
        Saml2PostAuthenticationRequest written = Saml2PostAuthenticationRequest.withRelyingPartyRegistration(
                        registration)
                .samlRequest("a request")
                .relayState("a state")
                .id("an id")
                .build();

        Saml2PostAuthenticationRequest read = nodes.read(written);

        assertThat(read).usingRecursiveComparison().isEqualTo(written);
    }

    private static PublicKeyCredentialUserEntity ann() {
        return ImmutablePublicKeyCredentialUserEntity.builder()
                .id(new Bytes(new byte[] {1, 2}))
                .name("ann")
                .displayName("Ann")
                .build();
    }

    @Test
    void loginByPasskey_isReadByTheOtherNode() {
        SecurityContextImpl context = new SecurityContextImpl(new WebAuthnAuthentication(ann(), CUSTOMER));

        SecurityContextImpl read = nodes.read(context);

        assertThat(read.getAuthentication().getName()).isEqualTo("ann");
        assertThat(((PublicKeyCredentialUserEntity) read.getAuthentication().getPrincipal()).getId())
                .isEqualTo(ann().getId());
    }

    @Test
    void challengeForAPasskey_isReadByTheOtherNode() {
        HttpSessionPublicKeyCredentialRequestOptionsRepository repository =
                new HttpSessionPublicKeyCredentialRequestOptionsRepository();
        MockHttpServletRequest before = new MockHttpServletRequest("POST", "/webauthn/authenticate/options");
        PublicKeyCredentialRequestOptions written = PublicKeyCredentialRequestOptions.builder()
                .challenge(Bytes.random())
                .rpId("shop.example")
                .timeout(Duration.ofMinutes(5))
                .userVerification(UserVerificationRequirement.PREFERRED)
                .extensions(new ImmutableAuthenticationExtensionsClientInputs(List.of()))
                .allowCredentials(List.of(PublicKeyCredentialDescriptor.builder()
                        .id(Bytes.random())
                        .transports(AuthenticatorTransport.USB)
                        .build()))
                .build();
        repository.save(before, new MockHttpServletResponse(), written);

        PublicKeyCredentialRequestOptions read = repository.load(nodes.next(before, "POST", "/login/webauthn"));

        assertThat(read).usingRecursiveComparison().isEqualTo(written);
    }
}
