#include "acedt/oci/descriptor.hpp"

namespace acedt::oci {

std::string_view annotation_of(const std::map<std::string, std::string>& annotations, std::string_view key) {
  const auto found = annotations.find(std::string(key));
  return found == annotations.end() ? std::string_view() : found->second;
}

}  // namespace acedt::oci
