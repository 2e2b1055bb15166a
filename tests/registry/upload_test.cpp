#include "registry/upload.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "acedt/codec/hasher.hpp"
#include "acedt/registry/problem.hpp"
#include "support/failure.hpp"
#include "support/sha256.hpp"

using namespace acedt;
using registry::Upload;
using Kind = registry::Upload::Step::Kind;
using namespace std::literals;

namespace {

constexpr std::uint64_t mib = 1 << 20;
constexpr std::uint64_t size = 100 * mib;

using FieldList = std::vector<std::pair<std::string, std::string>>;

/// An upload of 100 MiB to https://r.example/v2/a/b, driven by what the registry is said to answer.
struct Driven {
  registry::Repository repository{{{true, "r.example", 443}}, "a/b"};
  Upload upload{repository, testing::sha256("blob"), {size}};

  /// What is requested next, as "PUT 0-99 /u?digest=…": with the range of its body, if it has one.
  std::string next() {
    const Upload::Step step = upload.next();
    if (step.kind == Kind::done) return "done";
    std::string text(step.method);
    if (step.has_body()) text += " " + std::to_string(step.first / mib) + "-" + std::to_string(step.end / mib);
    text += " " + step.url.target;
    if (const auto digest = text.find("digest="); digest != text.npos) text.resize(digest + 6);
    return text;
  }
  void answer(int status, const FieldList& fields = {}, std::string_view body = "") {
    http::ResponseHead head{status};
    for (const auto& [name, value] : fields) head.fields.add(name, value);
    upload.answered(head, {repository.target.origin, "/v2/a/b/blobs/uploads/"}, body);
  }
  /// Opens a session at /u.
  void begin() {
    CHECK(next() == "POST /v2/a/b/blobs/uploads/");
    answer(202, {{"Location", "/u"}});
  }
  std::string abandoned() {
    const auto session = upload.take_abandoned();
    return session ? session->target : "";
  }
};

const std::string head_of_blob = "HEAD /v2/a/b/blobs/" + testing::sha256("blob").text();
const std::string post = "POST /v2/a/b/blobs/uploads/";

}  // namespace

TEST_CASE("an upload is a POST and one PUT") {
  for (const int status : {201, 200, 204}) {
    Driven one;
    one.begin();
    CHECK(one.next() == "PUT 0-100 /u?digest");
    CHECK(one.upload.next().content_range().empty());
    one.answer(status);
    CHECK(one.next() == "done");
    CHECK(one.abandoned().empty());
  }
}

namespace {

/// An upload to a/b, of which c/d may have the blob.
struct Mounting {
  registry::Repository repository = with_source();
  Upload upload{repository, testing::sha256("blob"), {size}};

  static registry::Repository with_source() {
    registry::Repository repository{{{true, "r.example", 443}}, "a/b"};
    repository.mount_source = std::make_shared<registry::MountSource>(repository, "c/d");
    repository.push_found->keep({repository.target.origin, "/kept"});
    return repository;
  }
  void answer(int status, const std::string& location = "/u") {
    http::ResponseHead head{status};
    head.fields.add("Location", location);
    upload.answered(head, {repository.target.origin, "/v2/a/b/blobs/uploads/"}, "");
  }
  /// What another upload does first.
  Kind next_upload() { return Upload(repository, testing::sha256("other"), {size}).next().kind; }
};

}  // namespace

TEST_CASE("a blob that another repository may have is mounted, and nothing is sent") {
  Mounting one;
  const Upload::Step step = one.upload.next();
  CHECK(step.method == "POST");
  CHECK(step.url.target == "/v2/a/b/blobs/uploads/?mount=sha256%3A" + testing::sha256("blob").hex() + "&from=c%2Fd");
  one.answer(201, "/v2/a/b/blobs/" + testing::sha256("blob").text());
  CHECK(one.upload.next().kind == Kind::done);
  CHECK(one.upload.is_mounted());
  CHECK_FALSE(one.upload.take_abandoned());
  CHECK(one.repository.push_found->take());
}

TEST_CASE("a mount that opens a session instead is an ordinary upload") {
  Mounting one;
  one.upload.next();
  one.answer(202);
  CHECK(one.upload.next().url.target.starts_with("/u?digest="));
  one.answer(201);
  CHECK(one.upload.next().kind == Kind::done);
  CHECK_FALSE(one.upload.is_mounted());
  CHECK(one.next_upload() == Kind::mount);
}

TEST_CASE("a refused mount is an upload, and the last one from that repository") {
  for (const int status : {400, 401, 403, 404, 405}) {
    CAPTURE(status);
    Mounting one;
    one.upload.next();
    one.answer(status);
    CHECK(one.upload.next().url.target.starts_with("/kept?digest="));
    CHECK(one.next_upload() == Kind::begin);
    CHECK_FALSE(one.upload.is_mounted());
  }
}

TEST_CASE("a mount that fails otherwise is an upload, and the next blob may be mounted") {
  for (const int status : {429, 500, 503, 200}) {
    CAPTURE(status);
    Mounting one;
    one.upload.next();
    one.answer(status);
    CHECK(one.upload.next().kind == Kind::whole);
    CHECK(one.next_upload() == Kind::mount);
  }
  Mounting broken;
  broken.upload.next();
  broken.upload.failed(0);
  CHECK(broken.upload.next().kind == Kind::whole);
}

TEST_CASE("a mount asks for a session of the algorithm of the blob") {
  const registry::Repository repository = Mounting::with_source();
  Upload upload(repository, codec::digest_of(oci::Algorithm::sha512, {}), 1_B);
  CHECK(upload.next().url.target.ends_with("&from=c%2Fd&digest-algorithm=sha512"));
  upload.answered({405}, {repository.target.origin, "/"}, "");
  CHECK(upload.next().url.target.ends_with("/uploads/?digest-algorithm=sha512"));
}

TEST_CASE("a kept session is used once") {
  registry::Repository repository{{{true, "r.example", 443}}, "a/b"};
  repository.push_found->keep({repository.target.origin, "/kept"});
  Upload first(repository, testing::sha256("blob"), 1_B);
  CHECK(first.next().url.target.starts_with("/kept?digest="));
  Upload second(repository, testing::sha256("blob"), 1_B);
  CHECK(second.next().kind == Kind::begin);
}

TEST_CASE("after an upload breaks, the session is asked how many bytes it has, and the rest is sent") {
  Driven one;
  one.begin();
  one.next();
  one.upload.failed(50 * mib);
  CHECK_FALSE(one.upload.has_progressed());
  CHECK(one.next() == "GET /u");
  one.answer(204, {{"Location", "/u2?state=1"}, {"Range", "0-" + std::to_string(40 * mib - 1)}});
  CHECK(one.next() == "PUT 40-100 /u2?state=1&digest");
  CHECK(one.upload.next().content_range() == std::to_string(40 * mib) + "-" + std::to_string(size - 1));
  CHECK(one.upload.has_progressed());
  // It breaks again at the same place: that is no progress.
  one.upload.failed(60 * mib);
  CHECK_FALSE(one.upload.has_progressed());
  CHECK(one.next() == "GET /u2?state=1");
  one.answer(204, {{"Range", "bytes=0-" + std::to_string(40 * mib - 1)}});
  CHECK(one.next() == "PUT 40-100 /u2?state=1&digest");
}

TEST_CASE("the Range of an upload session is read in every known form, and otherwise ignored") {
  CHECK(registry::uploaded("0-99") == 100u);
  CHECK(registry::uploaded("bytes=0-99") == 100u);
  CHECK(registry::uploaded("0--1") == 0u);
  for (const std::string& text : {""s, "99"s, "1-99"s, "0-"s, "0-x"s, "0-18446744073709551615"s, "bytes 0"s})
    CHECK_FALSE(registry::uploaded(text));
}

TEST_CASE("an unusable answer about a session leads to a new session") {
  struct Case {
    int status;
    std::string range;
    bool remembers;  // that the registry cannot continue
    bool abandons;   // a session that may exist
  };
  for (const Case& one : std::vector<Case>{{404, "", true, false},
                                           {400, "", true, true},
                                           {405, "", true, true},
                                           {500, "", false, true},
                                           {204, "", false, true},
                                           {204, "0-" + std::to_string(51 * mib), false, true}}) {
    CAPTURE(one.status);
    CAPTURE(one.range);
    Driven run;
    run.begin();
    run.next();
    run.upload.failed(50 * mib);
    run.next();
    run.answer(one.status, one.range.empty() ? FieldList{} : FieldList{{"Range", one.range}});
    CHECK(run.next() == post);
    CHECK(run.abandoned() == (one.abandons ? "/u" : ""));
    CHECK(run.repository.push_found->no_resume == one.remembers);
  }
}

TEST_CASE(
    "a session that seems to be empty is asked once more, as an attempt of its own, and once again after progress") {
  for (const std::string& empty : {"0-0"s, "0--1"s}) {
    Driven one;
    one.begin();
    const auto break_at = [&](std::uint64_t position) {
      one.next();
      one.upload.failed(position);
      CHECK_FALSE(one.upload.has_progressed());
      CHECK(one.next() == "GET /u");
    };
    const auto expect_another_question = [&] {
      testing::failure(ErrorKind::transport, [&] { one.answer(204, {{"Range", empty}}); });
      one.upload.failed(0);
      CHECK(one.upload.has_progressed());
      CHECK_FALSE(one.upload.has_progressed());
      CHECK(one.next() == "GET /u");
    };
    break_at(50 * mib);
    expect_another_question();
    one.answer(204, {{"Range", "0-" + std::to_string(40 * mib - 1)}});
    CHECK(one.upload.has_progressed());
    break_at(60 * mib);
    expect_another_question();
    one.answer(204, {{"Range", empty}});
    CHECK(one.next() == post);
    CHECK(one.abandoned() == "/u");
    one.answer(202, {{"Location", "/u"}});
    break_at(50 * mib);
    one.answer(204, {{"Range", empty}});
    CHECK(one.next() == post);
    CHECK_FALSE(one.repository.push_found->no_resume);
  }
}

TEST_CASE("less than 1 MiB is sent again without asking") {
  Driven one;
  one.begin();
  one.next();
  one.upload.failed(mib - 1);
  CHECK(one.next() == post);
  CHECK(one.abandoned() == "/u");
}

TEST_CASE("if all bytes were sent, HEAD asks for the blob") {
  for (const bool is_there : {true, false}) {
    Driven one;
    one.begin();
    one.next();
    one.upload.failed(size);
    CHECK(one.next() == head_of_blob);
    one.answer(is_there ? 200 : 404);
    CHECK(one.next() == (is_there ? "done" : "GET /u"));
    if (is_there) continue;
    one.answer(204, {{"Range", "0-" + std::to_string(size - 1)}});
    CHECK(one.next() == "PUT /u?digest");
    one.answer(201);
    CHECK(one.next() == "done");
  }
}

TEST_CASE("a lost session costs an attempt") {
  for (const int status : {404, 416}) {
    Driven one;
    one.begin();
    one.next();
    testing::failure(ErrorKind::transport, [&] { one.answer(status); });
    one.upload.failed(0);
    CHECK(one.next() == post);
    CHECK(one.abandoned() == (status == 416 ? "/u" : ""));
  }
}

TEST_CASE("if the registry received other bytes, the attempt fails and the upload starts over") {
  Driven one;
  one.begin();
  one.next();
  testing::failure(ErrorKind::corrupt, [&] { one.answer(400, {}, R"({"errors":[{"code":"DIGEST_INVALID"}]})"); });
  CHECK(one.next() == post);
}

TEST_CASE("a busy registry is asked about the upload later") {
  Driven one;
  one.begin();
  one.next();
  one.upload.gave(50 * mib);
  testing::failure(ErrorKind::rate_limited, [&] { one.answer(429); });
  one.upload.failed(50 * mib);
  CHECK(one.next() == "GET /u");
}

TEST_CASE("after a 413, chunks shrink until they pass, and grow while they do") {
  Driven one;
  one.begin();
  one.next();
  one.answer(413);
  CHECK(one.next() == "PATCH 0-5 /u");
  CHECK(one.upload.next().content_range() == "0-" + std::to_string(5 * mib - 1));
  one.answer(413);
  Upload::Step step = one.upload.next();
  CHECK(step.end == 5 * mib / 2);
  one.answer(202, {{"Location", "/u2"}, {"Range", "0-" + std::to_string(step.end - 1)}});
  step = one.upload.next();
  CHECK(step.url.target == "/u2");
  CHECK(step.first == 5 * mib / 2);
  CHECK(step.end == 5 * mib);  // never again as much as was refused
  for (; step.kind == Kind::chunk; step = one.upload.next()) one.answer(202);
  CHECK(step.kind == Kind::close);
  one.answer(201);
  CHECK(one.next() == head_of_blob);
  one.answer(404);  // some hide blobs that no manifest names
  CHECK(one.next() == "done");
}

TEST_CASE("if the end of the chunks fails, the session is asked, and the end is repeated") {
  Driven one;
  one.begin();
  one.next();
  one.answer(413);
  for (Upload::Step step = one.upload.next(); step.kind == Kind::chunk; step = one.upload.next()) {
    one.upload.gave(step.end);
    one.answer(202);
  }
  testing::failure(ErrorKind::unavailable, [&] { one.answer(503); });
  CHECK(one.next() == head_of_blob);
  one.answer(404);
  CHECK(one.next() == "GET /u");
  one.answer(204, {{"Range", "0-" + std::to_string(size - 1)}});
  CHECK(one.next() == "PUT /u?digest");
}

TEST_CASE("a 413 for a small body does not lead to tiny chunks") {
  Driven one;
  one.repository.push_found->too_large = 100;
  one.begin();
  CHECK(one.next() == "PUT 0-100 /u?digest");
  testing::failure(ErrorKind::bad_input, [&] { one.answer(413); });
}

TEST_CASE("chunks grow to 64 MiB, and start at the registry's minimum") {
  Driven one;
  one.next();
  one.answer(202, {{"Location", "/u"}, {"OCI-Chunk-Min-Length", std::to_string(10 * mib)}});
  one.next();
  one.answer(413);
  std::vector<std::uint64_t> ends;
  for (Upload::Step step = one.upload.next(); step.kind == Kind::chunk; step = one.upload.next()) {
    ends.push_back(step.end / mib);
    one.answer(202);
  }
  CHECK(ends == std::vector<std::uint64_t>{10, 30, 70, 100});
}

TEST_CASE("a Range with the length of the chunk instead of the blob is understood") {
  Driven one;
  one.begin();
  one.next();
  one.answer(413);
  one.next();
  one.answer(202, {{"Range", "0-" + std::to_string(5 * mib - 1)}});
  CHECK(one.next() == "PATCH 5-15 /u");
  one.answer(202, {{"Range", "0-" + std::to_string(10 * mib - 1)}});
  CHECK(one.next() == "PATCH 15-35 /u");
}

TEST_CASE("a chunk that arrived in part is continued from there, as another attempt") {
  for (const int status : {202, 416}) {
    CAPTURE(status);
    Driven one;
    one.begin();
    one.next();
    one.answer(413);
    one.next();
    one.upload.gave(5 * mib);
    testing::failure(ErrorKind::transport, [&] {
      one.answer(status, {{"Range", "0-" + std::to_string(2 * mib - 1)}});
    });
    one.upload.failed(5 * mib);
    CHECK(one.next() == "PATCH 2-7 /u");
  }
}

TEST_CASE("chunks that the registry did not keep are an error") {
  Driven one;
  one.begin();
  one.next();
  one.answer(413);
  while (one.upload.next().kind == Kind::chunk) one.answer(202);
  one.answer(201);
  one.next();
  const std::string text = testing::failure(ErrorKind::bad_input, [&] { one.answer(200, {{"Content-Length", "5"}}); });
  CHECK(text.find("kept 5 of") != std::string::npos);
  CHECK(one.repository.push_found->no_chunks);
}

TEST_CASE("registries that do not support chunks get none") {
  Driven one;
  one.next();
  one.answer(202, {{"Location", "/u"}, {"X-JFrog-Version", "Artifactory/7"}});
  one.next();
  testing::failure(ErrorKind::bad_input, [&] { one.answer(413); });
  Driven other;
  other.begin();
  other.next();
  other.answer(413);
  other.next();
  testing::failure(ErrorKind::bad_input, [&] { other.answer(405); });
}

TEST_CASE("if the registry answers with a digest of another algorithm, HEAD asks for the blob") {
  for (const bool is_there : {true, false}) {
    registry::Repository repository{{{true, "r.example", 443}}, "a/b"};
    const auto digest = codec::digest_of(oci::Algorithm::sha512, {});
    Upload upload(repository, digest, 1_B);
    CHECK(upload.next().url.target == "/v2/a/b/blobs/uploads/?digest-algorithm=sha512");
    http::ResponseHead opened{202};
    opened.fields.add("Location", "/u");
    upload.answered(opened, {repository.target.origin, "/"}, "");
    CHECK(upload.next().kind == Kind::whole);
    http::ResponseHead done{201};
    done.fields.add("Docker-Content-Digest", testing::sha256("").text());
    upload.answered(done, {repository.target.origin, "/u"}, "");
    CHECK(upload.next().kind == Kind::check);
    const auto check = [&] { upload.answered({is_there ? 200 : 404}, {repository.target.origin, "/"}, ""); };
    if (is_there) {
      check();
      CHECK(upload.next().kind == Kind::done);
    } else {
      testing::failure(ErrorKind::bad_input, check);
    }
  }
}

TEST_CASE("a blob that was stored under another digest of the same algorithm is asked for") {
  for (const bool is_there : {true, false}) {
    Driven one;
    one.begin();
    one.next();
    one.answer(201, {{"Docker-Content-Digest", testing::sha256("other").text()}});
    CHECK(one.next() == head_of_blob);
    if (is_there) {
      one.answer(200);
      CHECK(one.next() == "done");
    } else {
      testing::failure(ErrorKind::bad_input, [&] { one.answer(404); });
    }
  }
}

TEST_CASE("an upload URL on the same host gets the scheme and port of the endpoint; another host needs TLS") {
  const http::Origin endpoint{true, "r.example", 8443};
  const auto url = [&](const std::string& location) {
    const http::Url session = registry::session_url(endpoint, {endpoint, "/v2/a/b/blobs/uploads/"}, location);
    return session.origin.text() + session.target;
  };
  for (const std::string& location :
       {"/u?_state=1"s, "https://r.example:8443/u?_state=1"s, "http://r.example:8443/u?_state=1"s,
        "https://r.example/u?_state=1"s, "http://R.example/u?_state=1"s, "//r.example/u?_state=1"s})
    CHECK(url(location) == "https://r.example:8443/u?_state=1");
  CHECK(url("u") == "https://r.example:8443/v2/a/b/blobs/uploads/u");
  CHECK(url("https://store.example/u") == "https://store.example/u");
  testing::failure(ErrorKind::bad_input, [&] { url("http://store.example/u"); });
  testing::failure(ErrorKind::bad_input, [&] { url("ftp://r.example/u"); });
}
