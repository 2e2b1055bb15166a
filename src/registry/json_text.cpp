#include "registry/json_text.hpp"

#include <simdjson.h>

#include <algorithm>
#include <utility>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"

namespace acedt::registry {
namespace {

constexpr std::size_t deepest = 64;
constexpr std::string_view blanks = " \t\r\n";

/// Knows where things are; what a string or a number may look like, simdjson knows.
class Reader {
 public:
  Reader(std::string_view text, std::string_view file) : text_(text), file_(file) {}

  JsonNode document() {
    JsonNode node = value(0);
    skip_blanks();
    if (at_ != text_.size()) fail("more behind the end of the JSON");
    return node;
  }

 private:
  [[noreturn]] void fail(const char* why) const {
    throw Error(ErrorKind::unauthorized, why)
        .add(file_position(text_, file_, at_))
        .hint("log in again, or point REGISTRY_AUTH_FILE at another file");
  }

  void skip_blanks() { at_ = std::min(text_.find_first_not_of(blanks, at_), text_.size()); }

  bool skip(char c) {
    skip_blanks();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  JsonNode value(std::size_t depth) {
    if (depth > deepest) fail("JSON nested too deeply");
    skip_blanks();
    const std::size_t begin = at_;
    JsonNode node;
    if (skip('{')) {
      node = object(depth);
    } else if (skip('[')) {
      node = array(depth);
    } else {
      node = scalar();
    }
    node.begin = begin;
    node.end = at_;
    return node;
  }

  JsonNode object(std::size_t depth) {
    JsonNode node;
    node.kind = JsonNode::Kind::object;
    if (skip('}')) return node;
    do {
      skip_blanks();
      const std::size_t begin = at_;
      JsonNode key = scalar();
      if (key.kind != JsonNode::Kind::string) fail("not JSON: want a key in quotes before this");
      if (!skip(':')) fail("not JSON: want ':'");
      node.members.push_back({std::move(key.text), begin, value(depth + 1)});
    } while (skip(','));
    if (!skip('}')) fail("not JSON: want ',' or '}'");
    return node;
  }

  JsonNode array(std::size_t depth) {
    JsonNode node;
    node.kind = JsonNode::Kind::array;
    if (skip(']')) return node;
    do {
      value(depth + 1);
    } while (skip(','));
    if (!skip(']')) fail("not JSON: want ',' or ']'");
    return node;
  }

  JsonNode scalar() {
    const bool quoted = at_ < text_.size() && text_[at_] == '"';
    const std::size_t end =
        quoted ? end_of_string() : std::min(text_.find_first_of(" \t\r\n,:{}[]\"", at_), text_.size());
    const std::string_view token = text_.substr(at_, end - at_);
    simdjson::dom::element element;
    if (parser_.parse(with_whole_characters(token)).get(element) != simdjson::SUCCESS) fail("not JSON: want a value");
    JsonNode node;
    node.kind = quoted ? JsonNode::Kind::string : JsonNode::Kind::other;
    node.text = token;
    if (std::string_view content; element.get(content) == simdjson::SUCCESS) node.text = content;
    at_ = end;
    return node;
  }

  std::size_t end_of_string() const {
    for (std::size_t i = at_ + 1; i < text_.size(); ++i) {
      if (text_[i] == '"') return i + 1;
      if (text_[i] == '\\') ++i;
    }
    fail("not JSON: a string without an end");
  }

  std::string_view text_;
  std::string_view file_;
  std::size_t at_ = 0;
  simdjson::dom::parser parser_;
};

}  // namespace

const JsonNode* JsonNode::find(std::string_view key) const {
  const auto found =
      std::find_if(members.rbegin(), members.rend(), [&](const Member& member) { return member.key == key; });
  return found == members.rend() || found->value.is_null() ? nullptr : &found->value;
}

JsonNode parse_json(std::string_view text, std::string_view file) {
  return Reader(text, file).document();
}

std::string file_position(std::string_view text, std::string_view file, std::size_t offset) {
  const auto lines =
      std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(std::min(offset, text.size())), '\n');
  return std::string(file) + ":" + std::to_string(lines + 1);
}

std::string with_member(std::string_view text, const JsonNode& object, std::string_view key, std::string_view value,
                        std::size_t depth) {
  const std::size_t inside = object.begin + 1;
  std::string out(text.substr(0, inside));
  out += "\n" + std::string(depth + 1, '\t') + "\"" + json_escaped(key) + "\": ";
  out += value;
  out += object.members.empty() ? "\n" + std::string(depth, '\t') + "}" : ",";
  out += text.substr(object.members.empty() ? object.end : inside);
  return out;
}

std::string without_member(std::string_view text, const JsonNode& object, std::size_t index) {
  const auto& members = object.members;
  const bool last = index + 1 == members.size();
  std::size_t begin = members[index].begin;
  std::size_t end = members[index].value.end;
  if (!last) {
    end = members[index + 1].begin;
  } else if (index > 0) {
    begin = members[index - 1].value.end;
  } else {
    begin = object.begin + 1;
    end = object.end - 1;
  }
  return std::string(text.substr(0, begin)) + std::string(text.substr(end));
}

}  // namespace acedt::registry
