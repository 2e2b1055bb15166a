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

/// Returns the URL that `location` names in a response from `from`, for a registry at `endpoint`. On the endpoint's
/// host, uses the scheme and port of the endpoint: a registry behind a TLS proxy may name itself with http or without
/// its port. Throws Error(bad_input) for another host without TLS, and for an invalid URL.
http::Url session_url(const http::Origin& endpoint, const http::Url& from, std::string_view location);

/// Takes the response to a POST that opens an upload session, and returns the URL of the session. Notes in
/// Repository::push_found what the response says about the registry. Throws as throw_push_problem() if it is a refusal,
/// Error(bad_input) if there is no Location, and as session_url().
http::Url session_of(const Repository& repository, const http::ResponseHead& head, const http::Url& from,
                     std::string_view body);

/// Returns the number of bytes in the Range field of an upload session: "0-99", "bytes=0-99" or "0--1"; unset for
/// anything else.
std::optional<std::uint64_t> uploaded(std::string_view range);

/// State machine for the upload of one blob (OCI distribution-spec v1.1, "Pushing blobs"), over all of its attempts.
/// Decides what to request next, and what an answer or a failure means. Does no I/O and reads no clock.
///
///     until next() is done:   next() -> [gave()] -> answered()
///     if a request or answered() throws:   failed(), then another attempt
///
/// Notes what a registry does not support in Repository::push_found and MountSource.
class Upload {
 public:
  /// First asks to mount the blob, if the repository has a mount_source that was not refused. Otherwise, and if that
  /// fails, uses the session that Repository::push_found keeps, if there is one. `repository` must outlive this.
  Upload(const Repository& repository, oci::Digest digest, Bytes size);

  struct Step {
    enum class Kind {
      mount,   ///< mount the blob, or open a session; sent to MountSource::target
      begin,   ///< open a session
      whole,   ///< send the remaining bytes [first, end), and complete the blob
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
    /// Returns the value of Content-Range, in the form of the distribution-spec; empty if there is none.
    std::string content_range() const;
  };
  /// Returns what to request now.
  Step next();
  /// Call after the request: the connection took the bytes of the blob up to `position`.
  void gave(std::uint64_t position);
  /// Takes the response to the step, from `url`. Throws as throw_push_problem() if it is a refusal; Error(transport) if
  /// the session is lost, so that another attempt may succeed; Error(corrupt) if the registry received other bytes;
  /// Error(bad_input) if the registry cannot store this blob.
  void answered(const http::ResponseHead& head, const http::Url& url, std::string_view body);
  /// Call when the attempt ended in an Error, after the connection took the bytes up to `position`. next() then returns
  /// how another attempt continues.
  void failed(std::uint64_t position);

  /// Returns true if nothing had to be sent, as the blob was mounted.
  bool is_mounted() const noexcept { return is_mounted_; }
  /// Returns true if the registry has at least 64 KiB more than at the last failure, or is asked once more what it has.
  /// Call before the next attempt.
  bool has_progressed();
  /// Returns a session that is no longer used but may still exist; unset if there is none. Returns each session once.
  std::optional<http::Url> take_abandoned();
  /// Call if no attempt follows.
  void give_up() { abandon(); }

 private:
  enum class Doubt { none, lost_answer, chunks, digest };  // the reason for a check

  std::string query() const;
  void mounted(const http::ResponseHead& head, const http::Url& url, std::string_view body);
  void open();
  void begun(const http::ResponseHead& head, const http::Url& url, std::string_view body);
  void completed(const http::ResponseHead& head, std::string_view body);
  void refused(const http::ResponseHead& head, std::string_view body);
  void took_chunk(const http::ResponseHead& head, const http::Url& url, std::string_view body);
  void told(const http::ResponseHead& head, const http::Url& url);
  void checked(const http::ResponseHead& head, std::string_view body);
  void too_large(const http::ResponseHead& head, std::string_view body);
  [[noreturn]] void refuse(const http::ResponseHead& head, std::string_view body) const;
  bool resync(const http::ResponseHead& head);
  bool is_worth_another_question(const http::ResponseHead& head);
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
  bool is_mounted_ = false;
  std::optional<http::Url> session_;
  std::optional<http::Url> abandoned_;
  std::uint64_t offset_ = 0;     // the session has the blob up to here, as far as is known
  std::uint64_t sent_ = 0;       // bytes up to here were sent in this session
  std::uint64_t confirmed_ = 0;  // the highest offset_ that counted as progress
  std::uint64_t chunk_ = 0;      // size of the next chunk; 0: the rest in one request
  bool may_ask_again_ = true;    // what the session has, if that seems to be nothing
  bool asks_again_ = false;      // since the last failure
  Doubt doubt_ = Doubt::none;
  std::string stored_;  // the digest under which the registry says to have the blob, if it is another one
};

}  // namespace acedt::registry
