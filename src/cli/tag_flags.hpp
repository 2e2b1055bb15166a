#pragma once

#include <map>
#include <string>

#include "acedt/cli/command.hpp"

namespace acedt::cli {

/// Which tags a push puts for archives, and a comparison expects.
inline constexpr Flag tag_as = {"--tag-as", "NAME=TAG",
                                "Put TAG for archives of this NAME; NAME= puts none; may be repeated", true};
inline constexpr Flag no_tag = {"--no-tag", "", "Put no tags for archives, as the reference does"};

/// Returns the tags of --tag-as, by NAME. Throws Error(usage).
std::map<std::string, std::string> tags_of(const Flags& flags);

}  // namespace acedt::cli
