#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "acedt/http/message.hpp"
#include "tools/registry/content.hpp"

namespace acedt::testing {

/// The names and values of a query or a form, decoded, in their order.
class Parameters {
 public:
  /// Of `a=b&c=d`, percent-encoded. What cannot be decoded is kept as it stands.
  static Parameters parse(std::string_view text);
  /// The first of that name.
  std::optional<std::string> get(std::string_view name) const;
  std::vector<std::string> all(std::string_view name) const;

 private:
  std::vector<std::pair<std::string, std::string>> list_;
};

/// A request that was read whole.
struct Request {
  std::string method = {};
  std::string target = {};  ///< as it stood in the request line
  std::string path = {};    ///< decoded, without the query
  Parameters query = {};
  http::Fields fields = {};
  std::string body = {};
  std::string own_url = {};  ///< "http://host:port", as the client called this server
  bool at_storage = false;   ///< it came to the storage listener

  bool reads() const { return method == "GET" || method == "HEAD"; }
  /// Fills `path` and `query` from `target`; false where it is not a path.
  bool take_apart();
};

/// What is to be answered. Content-Length comes from `body` when it is sent.
struct Response {
  int status = 200;
  http::Fields fields = {};
  Content body = {};
};

/// Percent-decoding (RFC 3986 section 2.1); nothing where a '%' is not followed by two hex digits.
std::optional<std::string> percent_decoded(std::string_view text);

Response json_response(int status, std::string json);
Response text_response(int status, std::string text);
/// The error document of OCI distribution-spec v1.1, "Error Codes".
Response error_response(int status, std::string_view code, std::string_view message);

}  // namespace acedt::testing
