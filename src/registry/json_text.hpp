#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace acedt::registry {

/// A value of a JSON document (RFC 8259) with its position, which simdjson does not give: for messages that name a
/// line, and for edits that leave the rest of a file byte for byte.
struct JsonNode {
  enum class Kind { object, array, string, other };
  struct Member;

  Kind kind = Kind::other;
  std::string text = {};        ///< of a string; of a number, true, false or null as written
  std::size_t begin = 0;        ///< offsets in the document
  std::size_t end = 0;          ///< after its last character
  std::vector<Member> members;  ///< of an object, in their order; not "= {}", which needs the whole of Member

  bool is_null() const { return kind == Kind::other && text == "null"; }
  /// The member `key` of an object; null if it is missing or JSON's null. Of several with that name the last one
  /// applies.
  const JsonNode* find(std::string_view key) const;
};

struct JsonNode::Member {
  std::string key;
  std::size_t begin;  ///< of the key's quote
  JsonNode value;
};

/// Reads a whole document. Throws Error(unauthorized) "FILE:LINE: …", without any of the text.
JsonNode parse_json(std::string_view text, std::string_view file);

/// "FILE:LINE", of an offset in `text`.
std::string file_position(std::string_view text, std::string_view file, std::size_t offset);

/// Returns `text` with one more member in `object`, as its first one; `value` is JSON. Indents as docker does, by
/// `depth` tabs.
std::string with_member(std::string_view text, const JsonNode& object, std::string_view key, std::string_view value,
                        std::size_t depth);

/// Returns `text` without the member `index` of `object`.
std::string without_member(std::string_view text, const JsonNode& object, std::size_t index);

}  // namespace acedt::registry
