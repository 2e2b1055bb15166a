#include "acedt/sync/archive_name.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "acedt/base/text.hpp"

namespace acedt::sync {
namespace {

constexpr std::size_t min_digits = 6;

std::string digits_of(std::uint64_t number) {
  std::string digits = std::to_string(number);
  digits.insert(0, min_digits - std::min(digits.size(), min_digits), '0');
  return digits;
}

}  // namespace

std::string ArchiveName::file() const {
  return digits_of(number).append("-").append(name).append(codec::extension(compression));
}

std::optional<ArchiveName> ArchiveName::parse(std::string_view file) {
  auto name = parse_tracked(file);
  const bool is_padded = name && digits_of(name->number) == file.substr(0, file.find('-'));
  return is_padded ? std::move(name) : std::nullopt;
}

std::optional<ArchiveName> ArchiveName::parse_tracked(std::string_view file) {
  constexpr std::array kinds = {codec::Compression::none, codec::Compression::gzip, codec::Compression::zstd};
  const auto* const kind =
      std::ranges::find_if(kinds, [&](codec::Compression one) { return file.ends_with(codec::extension(one)); });
  if (kind == kinds.end()) return std::nullopt;
  file.remove_suffix(codec::extension(*kind).size());

  const std::size_t dash = file.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto number = to_number(file.substr(0, dash));
  const std::string_view name = file.substr(dash + 1);
  const bool is_file_name = name.find_first_of(std::string_view("/\0", 2)) == std::string_view::npos;
  if (!number || *number > max_number || !is_file_name) return std::nullopt;
  return ArchiveName{.number = *number, .name = std::string(name), .compression = *kind};
}

bool is_taken_by_reference(std::string_view file) {
  if (file.ends_with(".csv")) return true;
  const auto archive = ArchiveName::parse_tracked(file);
  if (!archive || archive->name.find('-') != std::string::npos) return false;
  const std::string tag = archive->name.substr(0, archive->name.find('.'));
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
  constexpr std::size_t max_tag = 128;
  return !tag.empty() && tag.size() <= max_tag && tag.find_first_not_of(letters) == std::string_view::npos;
}

}  // namespace acedt::sync
