#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "acedt/base/log.hpp"
#include "acedt/serialize/options.hpp"

namespace acedt::cli {

/// The value of an environment variable; nothing where it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

/// What the command line and the environment ask for.
struct Arguments {
  serialize::Options options =
      {};  ///< without `registries`, `auth_files` and connections, which a configuration file may set
  std::optional<unsigned> connections = {};  ///< nothing: as the configuration file has it
  std::optional<unsigned> connections_per_host = {};
  bool quiet = false;
  bool no_term = false;
  std::filesystem::path debug = {};   ///< empty: none
  std::filesystem::path report = {};  ///< empty: none
  LogLevel log_level = LogLevel::warn;
  std::vector<std::filesystem::path> config_files = {};  ///< as named by --config
  /// The flag or environment variable that a value is from: "connections", "connections_per_host", "no_term",
  /// "log_level". What is not there has its default, or is left to the configuration file.
  std::map<std::string, std::string> sources = {};
};

/// `ace-dt config`: the configuration is to be shown.
struct ShowConfig {
  bool sample = false;       ///< one to begin with, instead
  Arguments arguments = {};  ///< the flags that would change it
};

/// `ace-dt login`.
struct LogIn {
  std::string registry = {};  ///< host[:port][/namespace]
  std::string user = {};      ///< empty: to be asked for
  std::string password =
      {};  ///< where it is: "env:NAME", "file:PATH" or "cmd:PROGRAM ARGUMENTS"; empty: to be asked for
  bool password_stdin = false;
  bool check = true;  ///< whether the registry lets in who logs in
  net::CertificateFiles certificates = {};
  http::ProxyRules proxies = {};
  std::vector<std::filesystem::path> config_files = {};
};

/// `ace-dt logout`.
struct LogOut {
  std::string registry = {};
  std::vector<std::filesystem::path> config_files = {};
};

/// What is to be done: `mirror batch-serialize`, another command, or help or the version, as what to print.
using Command = std::variant<Arguments, ShowConfig, LogIn, LogOut, std::string>;

/// The command line without the program's name. Throws Error(usage).
Command parse_arguments(const std::vector<std::string>& command_line, const Environment& environment);

/// Who shows how the run goes.
enum class Display { quiet, debug, terminal, lines };

/// `on_terminal`: stdout is a terminal that can move its cursor.
Display display_for(const Arguments& arguments, bool on_terminal);

/// The connections that `concurrentHTTP` and ACE_DT_CONCURRENT_HTTP mean: nothing, the default, below 1; no more than
/// 1024. Throws Error(bad_input) for what is not a whole number.
std::optional<unsigned> concurrent_http(std::string_view text);

}  // namespace acedt::cli
