#include "acedt/registry/push.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "acedt/codec/hasher.hpp"
#include "acedt/registry/problem.hpp"
#include "registry/blob_body.hpp"
#include "registry/put_manifest.hpp"
#include "registry/upload.hpp"

namespace acedt::registry {
namespace {

/// Returns the body of a response. It only explains a refusal, so if it is cut off, the status is enough.
async::awaitable<std::string> read_text(Transport& transport, Response& response) {
  if (!response.connection) co_return "";
  try {
    auto text = co_await transport.read_up_to(response, max_answer_size);
    co_return std::move(text).value_or("");
  } catch (const Error&) {
    if (response.head.status < 300) throw;
  }
  co_return "";
}

/// Sends a question of an upload. An account that may push but not pull is refused an answer: that is returned as a
/// 401, not thrown. No failure to mount is thrown: a connection that breaks is returned as a 503, any other as a 401.
async::awaitable<Response> ask(Transport& transport, const Repository& repository, const Upload::Step& step) {
  const bool is_mount = step.kind == Upload::Step::Kind::mount;
  Response failed{nullptr, {401}, std::string(step.method), step.url};
  http::Request request{std::string(step.method), step.url.target};
  if (is_mount) request.body_length = 0;
  try {
    co_return co_await transport.send(repository, step.url.origin, std::move(request), nullptr);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::unauthorized && !is_mount) throw;
    if (error.kind() == ErrorKind::transport) failed.head.status = 503;
  }
  co_return failed;
}

/// Sends the request of one step.
async::awaitable<Response> request_step(Transport& transport, const Repository& repository, BlobBody& body,
                                        const Upload::Step& step) {
  using Kind = Upload::Step::Kind;
  if (step.kind == Kind::mount) co_return co_await ask(transport, repository.mount_source->target, step);
  if (step.kind == Kind::status || step.kind == Kind::check) co_return co_await ask(transport, repository, step);
  http::Request request{std::string(step.method), step.url.target};
  request.body_length = 0;
  if (!step.has_body()) co_return co_await transport.send(repository, step.url.origin, std::move(request), nullptr);
  request.fields.add("Content-Type", "application/octet-stream");
  if (const std::string range = step.content_range(); !range.empty()) request.fields.add("Content-Range", range);
  body.aim(step.first, step.end);
  co_return co_await transport.send(repository, step.url.origin, std::move(request), &body);
}

async::awaitable<void> take_step(Transport& transport, const Repository& repository, Upload& upload, BlobBody& body,
                                 const Upload::Step& step) {
  Response response = co_await request_step(transport, repository, body, step);
  if (step.has_body()) upload.gave(body.position());
  const std::string text = co_await read_text(transport, response);
  try {
    upload.answered(response.head, response.url, text);
  } catch (Error& error) {
    error.add(response.what());
    throw;
  }
}

/// Asks the registry to discard an upload session. Not with tokens: that would need one for "delete".
async::awaitable<void> cancel(Transport& transport, const Repository& repository, std::optional<http::Url> session) {
  const bool by_token = repository.authorization->current().value.reveal().starts_with("Bearer ");
  if (!session || by_token) co_return;
  try {
    http::Request request{"DELETE", session->target};
    Response response = co_await transport.send(repository, session->origin, std::move(request), nullptr);
    co_await transport.read_up_to(response, max_answer_size);
  } catch (const Error&) {
    // The session expires by itself.
  }
}

/// Takes the steps of an upload, until it is done or a step fails.
async::awaitable<void> take_steps(Transport& transport, const Repository& repository, Upload& upload, BlobBody& body) {
  for (;;) {
    const Upload::Step step = upload.next();
    if (step.kind == Upload::Step::Kind::done) co_return;
    co_await cancel(transport, repository, upload.take_abandoned());
    co_await take_step(transport, repository, upload, body, step);
  }
}

/// Waits for the next attempt and returns. Throws `failure` if there is none.
async::awaitable<void> go_on(Transport& transport, const Repository& repository, Upload& upload, plan::Retry& retry,
                             std::exception_ptr failure, std::string what) {
  std::exception_ptr last;
  if (upload.has_progressed()) retry.progress();
  try {
    co_await transport.back_off(retry, failure, std::move(what));
    co_return;
  } catch (const Error&) {
    last = std::current_exception();
  }
  upload.give_up();
  co_await cancel(transport, repository, upload.take_abandoned());
  std::rethrow_exception(last);
}

async::awaitable<bool> open_session(Transport& transport, const Repository& repository) {
  http::Request request{"POST", repository.path("blobs", "uploads/")};
  request.body_length = 0;
  Response response = co_await transport.send(repository, std::move(request));
  const std::string text = co_await read_text(transport, response);
  try {
    repository.push_found->keep(session_of(repository, response.head, response.url, text));
  } catch (Error& error) {
    error.add(response.what());
    throw;
  }
  co_return true;
}

async::awaitable<bool> has_once(Transport& transport, const Repository& repository, const oci::Digest& digest,
                                Bytes size) {
  http::Request request{"HEAD", repository.path("blobs", digest.text())};
  try {
    Response response = co_await transport.send(repository, std::move(request));
    co_await transport.read_up_to(response, max_answer_size);
    if (asks_for_patience(response.head.status))
      throw_problem(response.head, "", repository.target.origin.authority(), response.url.target);
    co_return response.head.status == 200 && response.head.content_length().value_or(size.count) == size.count;
  } catch (Error& error) {
    if (error.kind() != ErrorKind::unauthorized) throw;  // the upload may be allowed anyway
  }
  co_return false;
}

/// A text in memory as a body.
class TextBody : public net::RequestBody {
 public:
  explicit TextBody(std::string_view text) : text_(text) {}
  Bytes size() const override { return {text_.size()}; }
  async::awaitable<void> start() override {
    rest_ = text_;
    co_return;
  }
  async::awaitable<std::span<const std::byte>> read() override { co_return as_bytes(std::exchange(rest_, {})); }

 private:
  std::string_view text_;
  std::string_view rest_;
};

/// Throws Error(bad_input) if the registry says that it stored other bytes.
void check_digest(const http::ResponseHead& head, const oci::Descriptor& descriptor, const std::string& text) {
  const auto field = head.fields.get("Docker-Content-Digest");
  if (!field) return;
  const oci::Digest got = oci::Digest::parse(*field);
  if (got == descriptor.digest || got == codec::digest_of(got.algorithm(), as_bytes(text))) return;
  throw Error(ErrorKind::bad_input, "the registry stored " + got.text() + ", not " + descriptor.digest.text());
}

struct Answered {
  Response response;
  std::string text;
};

async::awaitable<Answered> send_manifest(Transport& transport, const Repository& repository, ManifestPut put) {
  http::Request request{"PUT", repository.path("manifests", put.selector)};
  request.fields.add("Content-Type", put.media_type);
  if (!put.condition.empty()) request.fields.add(put.condition, put.entity_tag);
  TextBody body(put.text);
  Response response = co_await transport.send(repository, repository.target.origin, std::move(request), &body);
  std::string text = co_await read_text(transport, response);
  co_return Answered{std::move(response), std::move(text)};
}

[[noreturn]] void throw_refusal(const Response& response, std::string_view text, const Repository& repository) {
  try {
    throw_push_problem(response.head, text, repository);
  } catch (Error& error) {
    error.add(response.what());
    throw;
  }
}

async::awaitable<bool> push_manifest_once(Transport& transport, const Repository& repository,
                                          const std::string& selector, const oci::Descriptor& descriptor,
                                          const std::string& text) {
  ManifestPut put{selector, descriptor.media_type, text};
  const auto head = co_await put_manifest(transport, repository, std::move(put));
  check_digest(*head, descriptor, text);
  co_return head->fields.get("OCI-Subject").has_value();
}

}  // namespace

async::awaitable<std::optional<http::ResponseHead>> put_manifest(Transport& transport, const Repository& repository,
                                                                 ManifestPut put) {
  const bool is_conditional = !put.condition.empty();
  auto [response, text] = co_await send_manifest(transport, repository, std::move(put));
  const int status = response.head.status;
  if (status == 412 && is_conditional) co_return std::nullopt;
  if (status == 200 || status == 201 || status == 204) co_return std::move(response.head);
  throw_refusal(response, text, repository);
}

async::awaitable<void> require_media_type(Transport& transport, const Repository& repository,
                                          oci::Descriptor descriptor, std::string text) {
  ManifestPut put{descriptor.digest.text(), descriptor.media_type, text};
  const Answered answered = co_await send_manifest(transport, repository, std::move(put));
  if (answered.response.head.status == 415) throw_refusal(answered.response, answered.text, repository);
}

async::awaitable<void> require_push(Transport& transport, const Repository& repository) {
  const auto attempt = [&](const Repository& at) { return open_session(transport, at); };
  const std::string what = "repository " + repository.name;
  co_await transport.persist<bool>(repository, what, attempt);
}

async::awaitable<bool> has_blob(Transport& transport, const Repository& repository, oci::Digest digest, Bytes size) {
  const auto attempt = [&](const Repository& at) { return has_once(transport, at, digest, size); };
  const std::string what = "blob " + digest.text();
  co_return co_await transport.persist<bool>(repository, what, attempt);
}

async::awaitable<bool> push_blob(Transport& transport, const Repository& repository, oci::Digest digest, Bytes size,
                                 BlobSource& source) {
  Upload upload(repository, digest, size);
  BlobBody body(source, digest, size);
  plan::Retry retry = transport.new_retry();  // NOLINT(clang-analyzer-deadcode.DeadStores): go_on() reads it
  const std::string what = "blob " + digest.text();
  for (;;) {
    std::exception_ptr failure;
    try {
      co_await take_steps(transport, repository, upload, body);
      co_return !upload.is_mounted();
    } catch (const Error&) {
      failure = std::current_exception();
    }
    if (body.failure()) {
      upload.give_up();
      co_await cancel(transport, repository, upload.take_abandoned());
      throw Error(*body.failure()).add(what);
    }
    upload.failed(body.position());
    co_await go_on(transport, repository, upload, retry, failure, what);
  }
}

async::awaitable<bool> push_manifest(Transport& transport, const Repository& repository, std::string selector,
                                     oci::Descriptor descriptor, std::string text) {
  const auto attempt = [&](const Repository& at) {
    return push_manifest_once(transport, at, selector, descriptor, text);
  };
  const std::string what = "manifest " + selector;
  co_return co_await transport.persist<bool>(repository, what, attempt);
}

}  // namespace acedt::registry
