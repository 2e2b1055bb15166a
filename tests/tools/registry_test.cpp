#include "tools/registry/registry.hpp"

#include <doctest/doctest.h>
#include <asio/ssl/context.hpp>
#include <asio/ssl/host_name_verification.hpp>
#include <asio/ssl/stream.hpp>

#include <string>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "acedt/codec/hasher.hpp"
#include "support/http_client.hpp"

using namespace acedt;
using namespace acedt::testing;
using namespace std::literals;

namespace {

constexpr auto manifest_type = "application/vnd.oci.image.manifest.v1+json"sv;
constexpr auto short_wait = 20ms;  // expected to pass

std::string digest_of(std::string_view text) {
  return codec::digest_of(oci::Algorithm::sha256, as_bytes(text)).text();
}
const std::string ten = "0123456789";
const std::string ten_path = "/v2/a/b/blobs/" + digest_of(ten);

/// A registry with the blob `ten` in a/b.
struct WithTen {
  explicit WithTen(Options options = {}) : registry(std::move(options)) {
    registry.store().put_blob("a/b", Content::of(ten));
  }
  Registry registry;
  Client client{registry.port()};
};

std::string token_of(const Reply& reply) {
  const auto begin = reply.body.find("\"token\":\"") + 9;
  return reply.body.substr(begin, reply.body.find('"', begin) - begin);
}

}  // namespace

TEST_CASE("a manifest is pulled by tag and by digest, with its type, digest and ETag") {
  WithTen with;
  const std::string json = R"({"schemaVersion":2})";
  const std::string digest = with.registry.store().put_manifest("a/b", "v1", manifest_type, Content::of(json)).text();
  for (const std::string& reference : {"v1"s, digest, "sha256%3A" + digest.substr(7)}) {
    const Reply reply = with.client.get("/v2/a/b/manifests/" + reference);
    CHECK(reply.status == 200);
    CHECK(reply.body == json);
    CHECK(reply.field("Content-Type") == manifest_type);
    CHECK(reply.field("Docker-Content-Digest") == digest);
    CHECK(reply.field("ETag") == '"' + digest + '"');
  }
  const Reply head = with.client.ask("HEAD", "/v2/a/b/manifests/v1");
  CHECK(head.field("Content-Length") == std::to_string(json.size()));
  CHECK(head.body.empty());
  CHECK(with.client.get("/v2/a/b/manifests/v2").status == 404);
}

TEST_CASE("a range of a blob is answered with 206, and one that is not there with 416") {
  WithTen with;
  const Reply part = with.client.get(ten_path, "Range: bytes=2-5\r\n");
  CHECK(part.status == 206);
  CHECK(part.body == "2345");
  CHECK(part.field("Content-Range") == "bytes 2-5/10");
  const Reply none = with.client.get(ten_path, "Range: bytes=10-\r\n");
  CHECK(none.status == 416);
  CHECK(none.field("Content-Range") == "bytes */10");
  CHECK(with.client.get(ten_path, "Range: bytes=0-1,4-5\r\n").body == ten);
  CHECK(with.client.get(ten_path, "Range: bytes=2-5\r\nIf-Range: \"another\"\r\n").body == ten);
  CHECK(with.client.ask("HEAD", ten_path, "Range: bytes=2-5\r\n").field("Content-Length") == "10");
}

TEST_CASE("a blob belongs to its repository") {
  WithTen with;
  CHECK(with.client.get("/v2/other/blobs/" + digest_of(ten)).status == 404);
  CHECK(with.client.get("/v2/a/b/blobs/sha256:12").status == 400);
  CHECK(with.client.get("/v2/a/B/blobs/" + digest_of(ten)).status == 400);
  const Reply mounted = with.client.ask("POST", "/v2/other/blobs/uploads/?mount=" + digest_of(ten) + "&from=a/b");
  CHECK(mounted.status == 201);
  CHECK(with.client.get(mounted.field("Location")).body == ten);
  CHECK(with.client.ask("DELETE", mounted.field("Location")).status == 202);
  CHECK(with.client.get(mounted.field("Location")).status == 404);
}

TEST_CASE("a blob is pushed in chunks, at once, and not with a digest that is not its own") {
  WithTen with;
  const Reply begun = with.client.ask("POST", "/v2/x/blobs/uploads/");
  CHECK(begun.status == 202);
  const std::string upload = begun.field("Location");
  CHECK(with.client.ask("PATCH", upload, "Content-Range: 0-2\r\n", "abc").field("Range") == "0-2");
  CHECK(with.client.ask("PATCH", upload, "Content-Range: 7-9\r\n", "def").status == 416);
  CHECK(with.client.ask("GET", upload).status == 204);
  CHECK(with.client.ask("PUT", upload + "?digest=" + digest_of("abcdef"), "", "def").status == 201);
  CHECK(with.client.get("/v2/x/blobs/" + digest_of("abcdef")).body == "abcdef");
  CHECK(with.client.ask("PUT", upload + "?digest=" + digest_of("abcdef")).status == 404);

  const Reply refused = with.client.ask("POST", "/v2/x/blobs/uploads/?digest=" + digest_of("y"), "", "n");
  CHECK(refused.status == 400);
  CHECK(refused.body.find("DIGEST_INVALID") != std::string::npos);
  CHECK(with.client.ask("POST", "/v2/x/blobs/uploads/?digest=" + digest_of("y"), "", "y").status == 201);
}

TEST_CASE("a client that expects 100 Continue is told to") {
  WithTen with;
  const Reply go_on = with.client.send(
      "PUT /v2/x/manifests/v1 HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n"
      "Content-Type: t/t\r\nExpect: 100-continue\r\n\r\n{}");
  CHECK(go_on.status == 201);  // the 100 before it is passed over by the reader
}

TEST_CASE("a manifest with a subject is a referrer of it, a page at a time") {
  WithTen with(Options{.referrers_page = 2});
  const std::string subject = digest_of("subject");
  for (const auto name : {"one", "two", "three"}) {
    const std::string json = R"({"mediaType":"application/vnd.oci.image.manifest.v1+json","artifactType":"a/)"s + name +
                             R"(","subject":{"digest":")" + subject + R"("},"annotations":{"k":"v"}})";
    const Reply put = with.client.ask("PUT", "/v2/a/b/manifests/" + digest_of(json), "", json);
    CHECK(put.status == 201);
    CHECK(put.field("OCI-Subject") == subject);
  }
  const Reply first = with.client.get("/v2/a/b/referrers/" + subject);
  CHECK(first.field("Content-Type") == "application/vnd.oci.image.index.v1+json");
  CHECK(first.body.find(R"("artifactType":"a/one","annotations":{"k":"v"})") != std::string::npos);
  CHECK(first.body.find("a/three") == std::string::npos);
  const std::string link = first.field("Link");
  const Reply second = with.client.get(link.substr(1, link.find('>') - 1));
  CHECK(second.body.find("a/three") != std::string::npos);
  CHECK(second.field("Link").empty());
  CHECK(with.client.get("/v2/a/b/referrers/" + digest_of("none")).body.find(R"("manifests":[])") != std::string::npos);
  WithTen without(Options{.referrers = false});
  CHECK(without.client.get("/v2/a/b/referrers/" + subject).status == 404);
}

TEST_CASE("tags are listed in order and in pages, and deleted with their manifest") {
  WithTen with;
  std::string digest;
  for (const auto tag : {"c", "a", "b"})
    digest = with.registry.store().put_manifest("a/b", tag, manifest_type, Content::of("{}")).text();
  CHECK(with.client.get("/v2/a/b/tags/list").body == "{\"name\":\"a/b\",\"tags\":[\"a\",\"b\",\"c\"]}\n");
  const Reply page = with.client.get("/v2/a/b/tags/list?n=2");
  CHECK(page.body == "{\"name\":\"a/b\",\"tags\":[\"a\",\"b\"]}\n");
  CHECK(page.field("Link") == "</v2/a/b/tags/list?n=2&last=b>; rel=\"next\"");
  CHECK(with.client.ask("DELETE", "/v2/a/b/manifests/a").status == 202);
  CHECK(with.client.ask("DELETE", "/v2/a/b/manifests/" + digest).status == 202);
  CHECK(with.client.get("/v2/a/b/tags/list").body == "{\"name\":\"a/b\",\"tags\":[]}\n");
  CHECK(with.client.get("/v2/none/tags/list").status == 404);
}

TEST_CASE("basic authentication lets in who knows the password") {
  WithTen with(Options{.auth = {.scheme = AuthOptions::Scheme::basic, .user = "me", .password = "pass:word"}});
  const Reply refused = with.client.get(ten_path);
  CHECK(refused.status == 401);
  CHECK(refused.field("WWW-Authenticate").starts_with("Basic "));
  auto with_password = [&](std::string_view password) {
    return with.client.get(ten_path, "Authorization: Basic " + to_base64(as_bytes(password)) + "\r\n").status;
  };
  CHECK(with_password("me:pass:word") == 200);
  CHECK(with_password("me:pass") == 401);
  CHECK(with_password("you:pass:word") == 401);
  CHECK(with_password("me") == 401);
}

TEST_CASE("a bearer token is good for its scope and for so many requests") {
  WithTen with(Options{.auth = {.scheme = AuthOptions::Scheme::bearer,
                                .user = "me",
                                .password = "word",
                                .refresh_token = "again",
                                .token_uses = 2}});
  const Reply refused = with.client.get(ten_path);
  CHECK(refused.status == 401);
  CHECK(refused.field("WWW-Authenticate") ==
        "Bearer realm=\"http://registry.test/token\",service=\"acedt-registry\","
        "scope=\"repository:a/b:pull\"");
  CHECK(with.client.get("/token?scope=repository:a/b:pull").status == 401);
  const std::string me = "Authorization: Basic " + to_base64(as_bytes("me:word")) + "\r\n";
  const Reply granted = with.client.get("/token?service=acedt-registry&scope=repository%3Aa%2Fb%3Apull", me);
  CHECK(granted.status == 200);
  const std::string token = "Authorization: Bearer " + token_of(granted) + "\r\n";
  CHECK(with.client.get("/v2/a%0d%0aInjected:%20y/tags/list").status == 400);
  CHECK(with.client.get("/v2/other/tags/list", token)
            .field("WWW-Authenticate")
            .ends_with("error=\"insufficient_scope\""));
  CHECK(with.client.ask("DELETE", ten_path, token).status == 401);
  CHECK(with.client.get(ten_path, token).status == 200);
  CHECK(with.client.get(ten_path, token).status == 200);
  CHECK(with.client.get(ten_path, token).field("WWW-Authenticate").ends_with("error=\"invalid_token\""));

  const std::string form = "grant_type=refresh_token&refresh_token=again&scope=repository:a/b:pull";
  const Reply refreshed = with.client.ask("POST", "/token", "", form);
  CHECK(refreshed.body.find("\"refresh_token\":\"again\"") != std::string::npos);
  CHECK(with.client.get(ten_path, "Authorization: Bearer " + token_of(refreshed) + "\r\n").status == 200);
  CHECK(with.client.ask("POST", "/token", "", "grant_type=refresh_token&refresh_token=wrong").status == 401);
}

TEST_CASE("a mount needs a token that allows to pull from the other repository") {
  WithTen with(Options{.auth = {.scheme = AuthOptions::Scheme::bearer}});
  const std::string mount = "/v2/other/blobs/uploads/?mount=" + digest_of(ten) + "&from=a/b";
  const auto mount_with = [&](const std::string& scopes) {
    const std::string token = token_of(with.client.get("/token?" + scopes));
    return with.client.ask("POST", mount, "Authorization: Bearer " + token + "\r\n");
  };
  const Reply refused = mount_with("scope=repository:other:pull,push");
  CHECK(refused.status == 401);
  CHECK(refused.field("WWW-Authenticate").find("scope=\"repository:other:pull,push repository:a/b:pull\"") !=
        std::string::npos);
  CHECK(mount_with("scope=repository:other:pull,push&scope=repository:a/b:pull").status == 201);
}

TEST_CASE("anonymous tokens may pull and not push") {
  WithTen with(Options{
      .auth = {.scheme = AuthOptions::Scheme::bearer, .user = "me", .password = "word", .anonymous_pull = true}});
  const Reply granted = with.client.get("/token?scope=repository:a/b:pull,push");
  const std::string token = "Authorization: Bearer " + token_of(granted) + "\r\n";
  CHECK(with.client.get(ten_path, token).status == 200);
  CHECK(with.client.ask("POST", "/v2/a/b/blobs/uploads/", token).status == 401);
}

TEST_CASE("faults meet as many requests as they say, in the order of their rules") {
  WithTen with;
  with.registry.add_fault("GET */blobs/* 1 pass");
  with.registry.add_fault("GET */blobs/* 2 status 503 retry-after 1");
  with.registry.add_fault("* /v2/a/b/blobs/sha256: 1 no-digest");
  CHECK(with.client.get(ten_path).status == 200);
  CHECK(with.client.get(ten_path).field("Retry-After") == "1");
  CHECK(with.client.get(ten_path).status == 503);
  CHECK(with.client.ask("HEAD", ten_path).field("Docker-Content-Digest").empty());
  CHECK(with.client.ask("HEAD", ten_path).field("Docker-Content-Digest") == digest_of(ten));
  with.registry.add_fault("GET * * status 404");
  with.registry.clear_faults();
  CHECK(with.client.get(ten_path).status == 200);
}

TEST_CASE("a cut answer ends, a reset one fails, a stalled one says nothing more") {
  WithTen with;
  for (const auto rule : {"GET * 1 cut 4", "GET * 1 reset 4", "GET * 1 stall 4", "GET * 1 drop", "GET * 1 hang"})
    with.registry.add_fault(rule);
  auto fetch = [&](std::chrono::milliseconds timeouts) {
    with.client.connect();
    return with.client.ask("GET", ten_path, "", "", timeouts);
  };
  const Reply cut = fetch(10s);
  CHECK(cut.body == "0123");
  CHECK(cut.end == End::closed);
  const Reply reset = fetch(10s);
  CHECK(reset.end == End::reset);
  const Reply stalled = fetch(short_wait);
  CHECK(stalled.body == "0123");
  CHECK(stalled.end == End::silent);
  CHECK(fetch(10s).end == End::closed);
  const Reply hung = fetch(short_wait);
  CHECK(hung.status == 0);
  CHECK(hung.end == End::silent);
  CHECK(with.registry.log().front().bytes == 4);
  CHECK(with.registry.log().back().status == 0);
}

TEST_CASE("wrong bytes, wrong lengths and ignored ranges are sent as asked for") {
  WithTen with;
  for (const auto rule :
       {"GET * 1 flip 1", "GET * 1 ignore-range", "GET * 1 chunked", "GET * 1 length -2", "GET * 1 length +2"})
    with.registry.add_fault(rule);
  const Reply flipped = with.client.get(ten_path);
  CHECK(flipped.body.size() == 10);
  CHECK(flipped.body != ten);
  const Reply whole = with.client.get(ten_path, "Range: bytes=3-4\r\n");
  CHECK(whole.status == 200);
  CHECK(whole.body == ten);
  const Reply chunked = with.client.get(ten_path);
  CHECK(chunked.field("Transfer-Encoding") == "chunked");
  CHECK(chunked.body == ten);
  CHECK(with.client.get(ten_path).body == "01234567");
  with.client.connect();
  const Reply longer = with.client.get(ten_path);
  CHECK(longer.field("Content-Length") == "12");
  CHECK(longer.end == End::closed);
}

TEST_CASE("blobs redirect to a listener that refuses credentials") {
  WithTen with(Options{.storage_port = std::uint16_t{0}, .redirect_blobs = true});
  const Reply moved = with.client.get(ten_path);
  CHECK(moved.status == 307);
  const std::string base = "http://127.0.0.1:" + std::to_string(with.registry.storage_port());
  const std::string location = moved.field("Location");
  REQUIRE(location.starts_with(base + "/storage/a/b/blobs/"));
  Client storage(with.registry.storage_port());
  const std::string target = location.substr(base.size());
  CHECK(storage.get(target, "Range: bytes=1-2\r\n").body == "12");
  CHECK(storage.get(target, "Authorization: Bearer x\r\n").status == 400);
  CHECK(storage.get(target.substr(0, target.find('?'))).status == 403);
  CHECK(storage.get("/v2/").status == 404);
  CHECK(with.client.get("/v2/a/b/blobs/" + digest_of("none")).status == 404);
  CHECK(with.registry.log()[1].line() == "GET " + target + " 206 2 bytes=1-2 - storage");
}

TEST_CASE("a redirect may lead anywhere") {
  WithTen with;
  with.registry.add_fault("GET /v2/a/ 1 redirect https://elsewhere.test{target}?x=1");
  CHECK(with.client.get(ten_path).field("Location") == "https://elsewhere.test" + ten_path + "?x=1");
  with.registry.add_fault("GET * * redirect storage");
  CHECK(with.client.get("/v2/a/b/blobs/x%0d%0aInjected:%20y").status == 404);
}

TEST_CASE("what was asked is in the log before its answer is there") {
  WithTen with;
  with.client.get(ten_path, "Range: bytes=0-1\r\nAuthorization: Bearer x\r\n");
  CHECK(with.registry.asked("GET */blobs/*") == 1);
  CHECK(with.registry.log().front().line() == "GET " + ten_path + " 206 2 bytes=0-1 bearer registry");
  CHECK(with.registry.stats().requests == 1);
  with.registry.clear_log();
  CHECK(with.registry.log().empty());
}

TEST_CASE("faults, log and statistics are reached over HTTP too, past auth and faults") {
  WithTen with(Options{.auth = {.scheme = AuthOptions::Scheme::basic, .user = "me"}});
  CHECK(with.client.ask("POST", "/_/faults", "", "GET /v2/ 1 status 418\n\n* * * status 500\n").body == "2 added\n");
  CHECK(with.client.ask("POST", "/_/faults", "", "GET /v2/ 1 pass\nnonsense\n").status == 400);
  CHECK(with.client.get("/v2/").status == 418);
  CHECK(with.client.get("/v2/").status == 500);
  CHECK(with.client.ask("DELETE", "/_/faults").status == 200);
  CHECK(with.client.get("/v2/").status == 401);
  CHECK(with.client.get("/_/log").body.starts_with("GET /v2/ 418 "));
  CHECK(with.client.ask("DELETE", "/_/log").status == 200);
  CHECK(with.client.get("/_/log").body.empty());
  CHECK(with.client.get("/_/stats").body.find("\"requests\":3,") != std::string::npos);
  CHECK(with.client.get("/_/nothing").status == 404);
}

TEST_CASE("nonsense is refused, and the registry goes on") {
  WithTen with;
  for (const auto bad : {"nonsense\r\n\r\n", "GET  HTTP/1.1\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
                         "GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n", "GET /%2 HTTP/1.1\r\nHost: h\r\n\r\n",
                         "PUT / HTTP/1.1\r\nContent-Length: x\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n"}) {
    with.client.connect();
    CHECK_MESSAGE(with.client.send(bad).status == 400, bad);
  }
  with.client.connect();
  for (const auto path : {"/", "/v1/", "/v2/a", "/favicon.ico", "/v2/a/b/nothing/here"}) {
    const Reply reply = with.client.get(path);
    CHECK(reply.status == 404);
    CHECK(reply.body.starts_with("{\"errors\":[{\"code\":"));
  }
  CHECK(with.client.ask("POST", "/v2/a/b/manifests/v1").status == 405);
  CHECK(with.client.ask("PUT", "/v2/a/b/manifests/v1", "", "{").status == 400);
  CHECK(with.client.ask("PUT", "/v2/a/b/manifests/-v1", "", "{}").status == 400);
  CHECK(with.client.get(ten_path).body == ten);
}

TEST_CASE("requests that come together are answered in order, unless connections are for one each") {
  const std::string two = "GET /v2/ HTTP/1.1\r\nHost: h\r\n\r\nGET " + ten_path + " HTTP/1.1\r\nHost: h\r\n\r\n";
  WithTen with;
  CHECK(with.client.send(two).body == "{}");
  CHECK(with.client.receive().body == ten);

  WithTen once(Options{.keep_alive = false});
  const Reply only = once.client.send(two);
  CHECK(only.field("Connection") == "close");
  CHECK(once.client.receive().end == End::closed);
}

TEST_CASE("connections are counted, and those above the most are reset") {
  WithTen with(Options{.threads = 2, .max_connections = 2});
  Client second(with.registry.port());
  CHECK(with.client.get(ten_path).body == ten);
  CHECK(second.get(ten_path).body == ten);
  Client third(with.registry.port());
  CHECK(third.receive().end == End::reset);
  CHECK(with.registry.stats().peak_connections == 2);
  CHECK(with.registry.stats().refused_connections == 1);
}

TEST_CASE("TLS is served with a certificate that a client can check") {
  const Certificate certificate = Certificate::self_signed();
  const WithTen with(Options{.tls = certificate});
  asio::io_context context;
  asio::ssl::context trusting(asio::ssl::context::tls_client);
  trusting.add_certificate_authority(asio::buffer(certificate.certificate));
  asio::ssl::stream<asio::ip::tcp::socket> stream(context, trusting);
  stream.set_verify_mode(asio::ssl::verify_peer);
  stream.set_verify_callback(asio::ssl::host_name_verification("localhost"));
  stream.next_layer().connect({asio::ip::address_v4::loopback(), with.registry.port()});
  stream.handshake(asio::ssl::stream_base::client);
  asio::write(stream, asio::buffer("GET " + ten_path + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
  std::string answer;
  std::array<char, 1024> buffer{};
  for (std::error_code ec; !ec;) answer.append(buffer.data(), stream.read_some(asio::buffer(buffer), ec));
  CHECK(answer.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(answer.ends_with("\r\n\r\n" + ten));
  CHECK_THROWS_AS(Registry(Options{.tls = Certificate{"no certificate", "no key"}}), Error);
}
