#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "acedt/base/units.hpp"
#include "acedt/http/message.hpp"
#include "acedt/http/url.hpp"
#include "acedt/oci/digest.hpp"
#include "acedt/registry/repository.hpp"

namespace acedt::registry {

/// The URL that `location` means in a response from `from`, for a registry at `endpoint`. On the same host, scheme and
/// port are those of the endpoint: behind a proxy with TLS, registries name themselves by http or by no port. Throws
/// Error(bad_input) for another host without TLS, and for what is no URL.
http::Url session_url(const http::Origin& endpoint, const http::Url& from, std::string_view location);

/// Takes the answer to a POST that opens an upload session: returns its URL, and keeps what the answer tells about the
/// registry in Repository::push_found. Throws throw_push_problem() if it is a refusal, else as session_url().
http::Url session_of(const Repository& repository, const http::ResponseHead& head, const http::Url& from,
                     std::string_view body);

/// How many bytes the Range field of an upload session counts: "0-99", "bytes=0-99" or "0--1"; unset for anything else.
std::optional<std::uint64_t> uploaded(std::string_view range);

/// State machine for the upload of one blob (OCI distribution-spec v1.1, "Pushing blobs"), over all of its attempts.
/// Decides what to request next, and what an answer or a failure means. Does no I/O and reads no clock.
///
///     for each attempt, until next() is done:   next() -> [gave()] -> answered()      or failed() if one of them
///     throws
///
/// What a registry turns out not to be able to do is kept in Repository::push_found.
class Upload {
 public:
  /// Takes the session that was kept for the next blob. `repository` must outlive it.
  Upload(const Repository& repository, oci::Digest digest, Bytes size);

  struct Step {
    enum class Kind {
      begin,   ///< open a session
      whole,   ///< send bytes [first, end), which are all that is left, and complete the blob
      chunk,   ///< send bytes [first, end)
      close,   ///< complete the blob
      status,  ///< ask how many bytes the session has
      check,   ///< ask whether the repository has the blob
      done,
    };
    Kind kind = Kind::begin;
    std::string_view method = {};
    http::Url url = {};
    std::uint64_t first = 0;
    std::uint64_t end = 0;

    bool has_body() const noexcept { return kind == Kind::whole || kind == Kind::chunk; }
    /// The value of Content-Range, in the form of the distribution-spec; empty if there is none.
    std::string content_range() const;
  };
  /// What to request now.
  Step next();
  /// Bytes of the blob up to `position` were given to the connection in the step under way.
  void gave(std::uint64_t position);
  /// Takes the answer to the step, from `url`. Throws an Error if that is a refusal: see throw_push_problem();
  /// Error(transport) if the session is lost, which another one may mend; Error(corrupt) if other bytes arrived.
  void answered(const http::ResponseHead& head, const http::Url& url, std::string_view body);
  /// The attempt ended in an Error, after bytes up to `position` were given in the step under way. next() says how
  /// another attempt would go on.
  void failed(std::uint64_t position);

  /// Whether the registry has at least 64 KiB more than at the last failure. Ask before the next attempt.
  bool has_progressed();
  /// The session that is of no more use and may still exist; unset if there is none. Returned once.
  std::optional<http::Url> take_abandoned();
  /// No attempt follows.
  void give_up() { abandon(); }

 private:
  enum class Doubt { none, lost_answer, chunks, digest };  // why to check

  void begun(const http::ResponseHead& head, const http::Url& url, std::string_view body);
  void completed(const http::ResponseHead& head, std::string_view body);
  void refused(const http::ResponseHead& head, std::string_view body);
  void took_chunk(const http::ResponseHead& head, const http::Url& url, std::string_view body);
  void told(const http::ResponseHead& head, const http::Url& url);
  void checked(const http::ResponseHead& head, std::string_view body);
  void too_large(const http::ResponseHead& head, std::string_view body);
  [[noreturn]] void refuse(const http::ResponseHead& head, std::string_view body) const;
  bool resync(const http::ResponseHead& head);
  void follow(const http::ResponseHead& head, const http::Url& url);
  void start_over();
  void abandon();
  void broke();
  void send_rest();
  bool cut_below(std::uint64_t length);
  void check(Doubt why);

  const Repository& repository_;
  PushFound& found_;
  oci::Digest digest_;
  std::uint64_t size_;
  Step step_;
  bool under_way_ = false;
  std::optional<http::Url> session_;
  std::optional<http::Url> abandoned_;
  std::uint64_t offset_ = 0;     // the session has the blob up to here, as far as is known
  std::uint64_t sent_ = 0;       // bytes up to here were sent in this session
  std::uint64_t confirmed_ = 0;  // the highest offset_ that counted as progress
  std::uint64_t chunk_ = 0;      // size of the next one; 0: all that is left in one request
  Doubt doubt_ = Doubt::none;
  std::string stored_;  // the digest under which the registry says to have the blob, if it is another one
};

}  // namespace acedt::registry
