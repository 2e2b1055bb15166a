// The settings of the network, and what the environment adds to them: proxies and folders with certificates.

#include "cli/network_settings.hpp"

#include <algorithm>
#include <charconv>

#include "acedt/cli/settings.hpp"

namespace acedt::cli {
namespace {

constexpr std::string_view section = "Network";
constexpr std::string_view concurrent_http = "concurrentHTTP";
constexpr unsigned max_connections = 1024;

/// Parses what the reference accepts for concurrentHTTP and ACE_DT_CONCURRENT_HTTP: a number below 1 means
/// `default_value`; a number above `max_connections` means `max_connections`.
unsigned parse_concurrent_http(const Given& given, unsigned default_value) {
  const std::string& text = given.text();
  long long number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size())
    throw not_wanted(given, "a whole number", "choose a number from 1 to 1024");
  return number < 1 ? default_value : static_cast<unsigned>(std::min<long long>(number, max_connections));
}

unsigned parse_connections(const Given& given, unsigned default_value) {
  const bool as_reference = given.origin == Given::Origin::variable || given.key == concurrent_http;
  return as_reference ? parse_concurrent_http(given, default_value) : number_within(given, 1, max_connections);
}

std::vector<std::string> number_texts(unsigned number) {
  return {std::to_string(number)};
}

std::vector<std::string> size_texts(const std::optional<Bytes>& size) {
  return size ? std::vector{exact(*size)} : std::vector<std::string>();
}

void set_max_rate(Values& values, const Given& given) {
  constexpr Bytes min_rate = 10_KiB;  // with less, connections would be silent for longer than servers allow
  const Bytes rate = parse_size(given);
  if (rate < min_rate) throw not_wanted(given, "10KiB or more", "choose a higher rate, with a unit such as MB");
  values.engine.max_rate = rate;
}

void set_max_requests(Values& values, const Given& given) {
  constexpr unsigned max_requests = 100'000;
  values.engine.max_requests_per_second = number_within(given, 1, max_requests);
}

void set_retries(Values& values, const Given& given) {
  constexpr unsigned max_retries = 1000;
  values.engine.retry.retries = static_cast<int>(number_within(given, 0, max_retries));
}

void set_stall_timeout(Values& values, const Given& given) {
  const std::chrono::milliseconds timeout = parse_wait(given);
  if (timeout.count() == 0) throw not_wanted(given, "a time above zero, such as 30s", "choose a longer time");
  values.engine.timeouts.stall = timeout;
}

constexpr Setting connections = {
    .section = section,
    .flag = {"--connections", "N", "HTTP connections at a time, 1 to 1024"},
    .key = concurrent_http,
    .variable = "ACE_DT_CONCURRENT_HTTP",
    .set = [](Values& values,
              const Given& given) { values.engine.connections = parse_connections(given, values.engine.connections); },
    .texts = [](const Values& values) { return number_texts(values.engine.connections); },
};

constexpr Setting connections_per_host = {
    .section = section,
    .flag = {"--connections-per-host", "N",
             "HTTP connections to one host, 1 to 1024: 16 at first, more while that is faster, fewer after a 429 or "
             "503"},
    .key = "connectionsPerHost",
    .shared_key = concurrent_http,
    .variable = "ACE_DT_CONCURRENT_HTTP",
    .set =
        [](Values& values, const Given& given) {
          values.engine.connections_per_host = parse_connections(given, values.engine.connections_per_host);
        },
    .texts = [](const Values& values) { return number_texts(values.engine.connections_per_host); },
};

constexpr Setting memory = {
    .section = section,
    .flag = {"--memory", "SIZE", "Memory limit for connections, manifests and compression, such as 48MiB or 1GB"},
    .key = "memory",
    .unset = "enough for full speed",
    .example = "48MiB",
    .set = [](Values& values, const Given& given) { values.engine.memory = parse_size(given); },
    .texts = [](const Values& values) { return size_texts(values.engine.memory); },
};

constexpr Setting retries = {
    .section = section,
    .flag = {"--retries", "N", "How many times in a row a request is retried without progress"},
    .key = "retries",
    .set = set_retries,
    .texts = [](const Values& values) { return std::vector{std::to_string(values.engine.retry.retries)}; },
};

constexpr Setting retry_max_wait = {
    .section = section,
    .flag = {"--retry-max-wait", "TIME",
             "Longest wait before a retry; if a registry asks for a longer one, the request fails"},
    .key = "retryMaxWait",
    .set = [](Values& values, const Given& given) { values.engine.retry.max_wait = parse_wait(given); },
    .texts = [](const Values& values) { return std::vector{human(values.engine.retry.max_wait)}; },
};

constexpr Setting stall_timeout = {
    .section = section,
    .flag = {"--stall-timeout", "TIME",
             "Give up on a connection that takes longer for 4 KiB; handshakes and manifests have a multiple of it"},
    .key = "stallTimeout",
    .set = set_stall_timeout,
    .texts = [](const Values& values) { return std::vector{human(values.engine.timeouts.stall)}; },
};

constexpr Setting max_rate = {
    .section = section,
    .flag = {"--max-rate", "SIZE",
             "Limit on the bytes received per second, or sent by a push, over all connections, such as 100MB"},
    .key = "maxRate",
    .unset = "no limit",
    .example = "100MB",
    .set = set_max_rate,
    .texts = [](const Values& values) { return size_texts(values.engine.max_rate); },
};

constexpr Setting max_requests_per_second = {
    .section = section,
    .flag = {"--max-requests-per-second", "N", "Limit on the requests per second"},
    .key = "maxRequestsPerSecond",
    .unset = "no limit",
    .example = "50",
    .set = set_max_requests,
    .texts =
        [](const Values& values) {
          const auto& requests = values.engine.max_requests_per_second;
          return requests ? number_texts(*requests) : std::vector<std::string>();
        },
};

}  // namespace

constinit const Setting ca_file = {
    .section = section,
    .flag = {"--ca-file", "FILE",
             "Certificates of authorities to trust in addition to the system's, in PEM form; may be repeated", true},
    .key = "caFile",
    .unset = "none",
    .example = "/etc/ssl/our-authority.pem",
    .set =
        [](Values& values, const Given& given) {
          values.engine.certificates.authorities.assign(given.texts.begin(), given.texts.end());
        },
    .texts =
        [](const Values& values) {
          const auto& files = values.engine.certificates.authorities;
          return std::vector<std::string>(files.begin(), files.end());
        },
};

constinit const Setting commit_timeout = {
    .section = "Pushing",
    .flag = {"--commit-timeout", "TIME",
             "How long a registry may take to answer after the last byte of a blob, plus 1 s for each 20 MB of it"},
    .key = "commitTimeout",
    .set = [](Values& values, const Given& given) { values.engine.timeouts.commit = parse_wait(given); },
    .texts = [](const Values& values) { return std::vector{human(values.engine.timeouts.commit)}; },
};

const std::vector<const Setting*>& network_settings() {
  static const std::vector<const Setting*> settings = {
      &connections, &connections_per_host,   &memory, &retries, &retry_max_wait, &stall_timeout, &ca_file,
      &max_rate,    &max_requests_per_second};
  return settings;
}

std::vector<std::filesystem::path> certificate_folders(const Environment& environment) {
  std::vector<std::filesystem::path> folders = {"/etc/containerd/certs.d", "/etc/docker/certs.d"};
  const std::filesystem::path home = environment("HOME").value_or("");
  if (!home.empty()) folders.push_back(home / ".docker/certs.d");
  folders.emplace_back("/etc/containers/certs.d");
  if (!home.empty()) folders.push_back(home / ".config/containers/certs.d");
  return folders;
}

http::ProxyRules proxies(const Environment& environment) {
  const auto value = [&](const std::string& name) {
    const std::string upper = environment(name).value_or("");
    const std::string in_lower_case = environment(lower(name)).value_or("");
    return in_lower_case.empty() ? upper : in_lower_case;
  };
  return http::ProxyRules({.http = value("HTTP_PROXY"),
                           .https = value("HTTPS_PROXY"),
                           .all = value("ALL_PROXY"),
                           .none = value("NO_PROXY")});
}

}  // namespace acedt::cli
