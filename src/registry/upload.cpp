// The usual upload is a POST and one PUT, which every registry supports. If another repository of the registry may have
// the blob, the POST asks to mount it from there. A registry that cannot do so answers it as any other POST, or refuses
// it; then an upload follows. The rest handles failures:
//
//   the PUT breaks, or 429, 5xx         if all bytes were sent: HEAD, because the blob may be there. Otherwise, ask the
//                                       session how many bytes it has, and send the rest. If that is none, ask once
//                                       more, later. A registry that cannot say is not asked again
//   413                                 a proxy limits the size of requests: send chunks, smaller until they pass
//   404, 416, wrong digest at the end   the session is lost or inconsistent: open another one, start over
//   a success that proves little        HEAD: after chunks, of which some registries keep only the last one, and if the
//                                       blob was stored under another digest
//
// Distribution 3 can continue broken uploads. Distribution 2, zot and the registry of crane cannot.

#include "registry/upload.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "acedt/registry/problem.hpp"

namespace acedt::registry {
namespace {

using Kind = Upload::Step::Kind;

constexpr std::uint64_t min_progress = 64 << 10;
constexpr std::uint64_t min_worth_asking = 1 << 20;  // less is sent again just as quickly
constexpr std::uint64_t first_chunk = 5 << 20;
constexpr std::uint64_t max_chunk = 64 << 20;
constexpr std::uint64_t min_chunk_size = 64 << 10;

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != text.npos;
}

/// Returns true for registries that accept a blob only in one request, or that keep only the last chunk.
bool is_without_chunks(const std::string& host, const http::ResponseHead& head) {
  return host.ends_with(".pkg.dev") || host == "gcr.io" || host.ends_with(".gcr.io") ||
         head.fields.get("X-JFrog-Version") || head.fields.get("X-Artifactory-Id");
}

Error lost(const http::ResponseHead& head) {
  return Error(ErrorKind::transport, std::to_string(head.status) + ": the upload session is lost");
}

}  // namespace

http::Url session_url(const http::Origin& endpoint, const http::Url& from, std::string_view location) {
  http::Url url = from.resolve(location);
  if (url.origin.host == endpoint.host) {
    url.origin = endpoint;
  } else if (!url.origin.tls) {
    throw Error(ErrorKind::bad_input,
                "the registry sends uploads to another host without TLS, which is not safe: " + url.display());
  }
  return url;
}

http::Url session_of(const Repository& repository, const http::ResponseHead& head, const http::Url& from,
                     std::string_view body) {
  if (head.status != 202) throw_push_problem(head, body, repository);
  const http::Origin& endpoint = repository.target.origin;
  if (is_without_chunks(endpoint.host, head)) repository.push_found->no_chunks = true;
  const auto min_chunk = to_number(head.fields.get("OCI-Chunk-Min-Length").value_or(""));
  if (min_chunk) repository.push_found->min_chunk = *min_chunk;
  const auto location = head.fields.get("Location");
  if (!location) throw Error(ErrorKind::bad_input, "the response does not say where to upload to (no Location)");
  return session_url(endpoint, from, *location);
}

std::optional<std::uint64_t> uploaded(std::string_view range) {
  if (range.starts_with("bytes=") || range.starts_with("bytes ")) range.remove_prefix(6);
  if (!range.starts_with("0-")) return std::nullopt;
  range.remove_prefix(2);
  if (range == "-1") return 0;
  const auto last = to_number(range);
  return last && *last != std::numeric_limits<std::uint64_t>::max() ? std::optional(*last + 1) : std::nullopt;
}

std::string Upload::Step::content_range() const {
  const bool is_part = kind == Kind::chunk || (kind == Kind::whole && first > 0);
  return is_part ? std::to_string(first) + "-" + std::to_string(end - 1) : "";
}

Upload::Upload(const Repository& repository, oci::Digest digest, Bytes size)
    : repository_(repository), found_(*repository.push_found), digest_(digest), size_(size.count) {
  if (repository.mount_source && !repository.mount_source->is_refused)
    step_.kind = Kind::mount;
  else
    open();
}

void Upload::open() {
  step_.kind = Kind::begin;
  // A session for another algorithm is opened with a query.
  if (digest_.algorithm() == oci::Algorithm::sha256) session_ = found_.take();
  if (session_) send_rest();
}

Upload::Step Upload::next() {
  under_way_ = step_.kind != Kind::done;
  const http::Origin& endpoint = repository_.target.origin;
  step_.first = offset_;
  step_.end = step_.kind == Kind::chunk ? std::min(offset_ + chunk_, size_) : size_;
  switch (step_.kind) {
    case Kind::mount:
    case Kind::begin:
      step_.method = "POST";
      step_.url = {endpoint, repository_.path("blobs", "uploads/" + query())};
      break;
    case Kind::check:
      step_.method = "HEAD";
      step_.url = {endpoint, repository_.path("blobs", digest_.text())};
      break;
    case Kind::whole:
    case Kind::close:
      step_.method = "PUT";
      step_.url = *session_;
      step_.url.target += contains(session_->target, "?") ? "&digest=" : "?digest=";
      step_.url.target += http::percent_encoded(digest_.text());
      break;
    case Kind::chunk:
    case Kind::status:
      step_.method = step_.kind == Kind::chunk ? "PATCH" : "GET";
      step_.url = *session_;
      break;
    case Kind::done: break;
  }
  return step_;
}

/// Returns the query of the POST.
std::string Upload::query() const {
  std::string query;
  if (step_.kind == Kind::mount)
    query = "&mount=" + http::percent_encoded(digest_.text()) +
            "&from=" + http::percent_encoded(repository_.mount_source->name);
  if (digest_.algorithm() != oci::Algorithm::sha256)
    query += "&digest-algorithm=" + std::string(oci::name(digest_.algorithm()));
  if (!query.empty()) query.front() = '?';
  return query;
}

void Upload::gave(std::uint64_t position) {
  sent_ = std::max(sent_, position);
}

void Upload::answered(const http::ResponseHead& head, const http::Url& url, std::string_view body) {
  under_way_ = false;
  switch (step_.kind) {
    case Kind::mount: return mounted(head, url, body);
    case Kind::begin: return begun(head, url, body);
    case Kind::whole:
    case Kind::close: return completed(head, body);
    case Kind::chunk: return took_chunk(head, url, body);
    case Kind::status: return told(head, url);
    case Kind::check: return checked(head, body);
    case Kind::done: break;
  }
}

void Upload::mounted(const http::ResponseHead& head, const http::Url& url, std::string_view body) {
  if (head.status == 202) return begun(head, url, body);
  is_mounted_ = head.status == 201;
  if (is_mounted_) {
    step_.kind = Kind::done;
    return;
  }
  const bool is_refusal = head.status >= 400 && head.status < 500 && !asks_for_patience(head.status);
  if (is_refusal) repository_.mount_source->is_refused = true;
  open();
}

void Upload::begun(const http::ResponseHead& head, const http::Url& url, std::string_view body) {
  session_ = session_of(repository_, head, url, body);
  send_rest();
}

/// Chooses the next step in the session, from offset_.
void Upload::send_rest() {
  if (chunk_ == 0 && size_ - offset_ >= found_.too_large) cut_below(found_.too_large);
  step_.kind = chunk_ == 0 ? Kind::whole : offset_ == size_ ? Kind::close : Kind::chunk;
}

/// Chooses chunks below `length` bytes, which were too large. Returns false if the registry does not support such
/// chunks.
bool Upload::cut_below(std::uint64_t length) {
  const std::uint64_t wanted = chunk_ == 0 ? std::max<std::uint64_t>(first_chunk, found_.min_chunk) : chunk_ / 2;
  const std::uint64_t smaller = wanted < length ? wanted : length / 2;
  if (found_.no_chunks || smaller < std::max<std::uint64_t>(min_chunk_size, found_.min_chunk)) return false;
  chunk_ = smaller;
  return true;
}

/// Takes the response to a request that completes the blob.
void Upload::completed(const http::ResponseHead& head, std::string_view body) {
  if (head.status != 200 && head.status != 201 && head.status != 204) return refused(head, body);
  session_.reset();
  const auto stored = head.fields.get("Docker-Content-Digest");
  const bool other = stored && *stored != digest_.text();
  if (other) stored_ = *stored;
  if (other || chunk_ > 0) return check(other ? Doubt::digest : Doubt::chunks);
  step_.kind = Kind::done;
}

void Upload::refused(const http::ResponseHead& head, std::string_view body) {
  if (asks_for_patience(head.status)) broke();
  if (head.status == 413 && step_.kind == Kind::whole) return too_large(head, body);
  const bool is_wrong = head.status == 400 && contains(lower(body), "digest_invalid");
  const bool is_lost = head.status == 404 && !contains(lower(body), "name_unknown");
  if (!is_wrong && !is_lost && head.status != 416) refuse(head, body);
  const bool is_ahead = uploaded(head.fields.get("Range").value_or("")) != step_.first;
  if (head.status == 416 && is_ahead && resync(head)) throw lost(head);
  if (step_.first > 0 && chunk_ == 0) found_.no_resume = true;
  if (is_lost) session_.reset();
  start_over();
  if (is_wrong) throw Error(ErrorKind::corrupt, "the registry received other bytes than those of " + digest_.text());
  throw lost(head);
}

void Upload::took_chunk(const http::ResponseHead& head, const http::Url& url, std::string_view body) {
  const std::uint64_t length = step_.end - step_.first;
  const bool is_large = head.status == 413 || (head.status == 416 && contains(lower(body), "too large"));
  if (is_large) return too_large(head, body);
  if (head.status == 405 || head.status == 501) {
    found_.no_chunks = true;
    throw Error(ErrorKind::bad_input, std::to_string(head.status) +
                                          ": the registry does not accept chunks, and blobs of " +
                                          human(Bytes{found_.too_large}) + " are too large for one request");
  }
  if (head.status < 200 || head.status > 299) return refused(head, body);
  follow(head, url);
  // Some registries answer with the length of the chunk instead of that of the blob.
  const auto has = uploaded(head.fields.get("Range").value_or(""));
  if (has && *has != step_.end && *has != length) {
    if (!resync(head)) start_over();
    throw lost(head);
  }
  offset_ = step_.end;
  if (chunk_ < max_chunk && 2 * chunk_ < found_.too_large) chunk_ *= 2;
  send_rest();
}

/// Switches to chunks, or to smaller ones.
void Upload::too_large(const http::ResponseHead& head, std::string_view body) {
  const std::uint64_t length = step_.end - step_.first;
  found_.too_large = std::min<std::uint64_t>(found_.too_large, length);
  if (!cut_below(found_.too_large)) refuse(head, body);
  step_.kind = Kind::chunk;
}

/// Takes the response that says how many bytes the session has.
void Upload::told(const http::ResponseHead& head, const http::Url& url) {
  const bool is_there = head.status == 204 || head.status == 200 || head.status == 202;
  if (is_there && resync(head)) {
    may_ask_again_ = true;
    return follow(head, url);
  }
  if (is_there && is_worth_another_question(head))
    throw Error(ErrorKind::transport, "the registry does not have anything of the upload yet");
  if (!is_there && !asks_for_patience(head.status)) found_.no_resume = true;
  if (head.status == 404) session_.reset();
  start_over();
}

/// Continues where the Range of the response ends, if that is plausible. Returns false if it is not.
bool Upload::resync(const http::ResponseHead& head) {
  const auto has = uploaded(head.fields.get("Range").value_or(""));
  if (!has || *has <= 1 || *has > sent_) return false;  // an empty session may say "0-0"
  offset_ = *has;
  send_rest();
  if (offset_ == size_) step_.kind = Kind::close;
  return true;
}

/// An empty session proves little: distribution 3 says so until it has noticed that the last request broke. Returns
/// true once until the upload progresses.
bool Upload::is_worth_another_question(const http::ResponseHead& head) {
  const bool is_empty = uploaded(head.fields.get("Range").value_or("")).value_or(2) <= 1;
  asks_again_ = is_empty && std::exchange(may_ask_again_, false);
  return asks_again_;
}

void Upload::checked(const http::ResponseHead& head, std::string_view body) {
  const Doubt doubt = std::exchange(doubt_, Doubt::none);
  if (asks_for_patience(head.status)) {
    doubt_ = doubt;
    refuse(head, body);
  }
  const bool is_there = head.status == 200;
  const bool is_whole = head.content_length().value_or(size_) == size_;
  step_.kind = Kind::done;
  if (is_there && is_whole) return;
  if (doubt == Doubt::lost_answer) return broke();
  if (is_there) {
    found_.no_chunks = true;
    throw Error(ErrorKind::bad_input, "the registry kept " + std::to_string(*head.content_length()) + " of " +
                                          std::to_string(size_) + " bytes that it received in chunks");
  }
  if (doubt == Doubt::digest)
    throw Error(ErrorKind::bad_input, "the registry stored " + digest_.text() + " as " + in_quotes(stored_) +
                                          ", and does not have it under its own digest");
  // After chunks: some registries hide blobs that no manifest names.
}

/// The request under way broke, or may be repeated later. If the end of the blob was sent, perhaps only the response
/// was lost.
void Upload::broke() {
  const bool completes = step_.kind == Kind::whole || step_.kind == Kind::close;
  if (completes && sent_ == size_) return check(Doubt::lost_answer);
  doubt_ = Doubt::none;
  if (step_.kind != Kind::status && session_ && !found_.no_resume && sent_ >= min_worth_asking) {
    step_.kind = Kind::status;
  } else {
    start_over();
  }
}

void Upload::failed(std::uint64_t position) {
  if (!std::exchange(under_way_, false)) return;  // answered() has chosen the next step
  if (step_.kind == Kind::mount) return open();
  if (step_.has_body()) gave(position);
  if (step_.kind != Kind::begin && step_.kind != Kind::check) broke();
}

bool Upload::has_progressed() {
  const bool progressed = offset_ >= confirmed_ + min_progress;
  if (progressed) confirmed_ = offset_;
  return std::exchange(asks_again_, false) || progressed;
}

void Upload::check(Doubt why) {
  doubt_ = why;
  step_.kind = Kind::check;
}

void Upload::start_over() {
  abandon();
  offset_ = sent_ = 0;
  step_.kind = Kind::begin;
}

void Upload::abandon() {
  if (session_) abandoned_ = std::exchange(session_, std::nullopt);
}

std::optional<http::Url> Upload::take_abandoned() {
  return std::exchange(abandoned_, std::nullopt);
}

/// Each response may give the session a new URL.
void Upload::follow(const http::ResponseHead& head, const http::Url& url) {
  const auto location = head.fields.get("Location");
  if (location) session_ = session_url(repository_.target.origin, url, *location);
}

void Upload::refuse(const http::ResponseHead& head, std::string_view body) const {
  throw_push_problem(head, body, repository_);
}

}  // namespace acedt::registry
