#include "tools/registry/arguments.hpp"

#include <CLI/CLI.hpp>

#include <map>
#include <string>

#include "acedt/base/error.hpp"
#include "acedt/base/file.hpp"
#include "acedt/base/text.hpp"

namespace acedt::testing {
namespace {

/// What needs more than a conversion.
struct Texts {
  std::string auth = "none";
  std::string user = {};
  std::uint64_t latency = 0;
  std::uint64_t token_lifetime = 0;
  std::string rate = {};
  std::string uploads = "distribution3";
  std::string certificate = {};
  std::string key = {};
  std::string self_signed = {};
  std::vector<std::string> corpora = {};
  std::vector<std::string> faults = {};
};

void declare_network(CLI::App& app, Options& options, Texts& texts) {
  app.add_option("--bind", options.bind, "Address to listen on")->capture_default_str();
  app.add_option("--port", options.port, "Port to listen on; 0: a free one")->capture_default_str();
  app.add_option("--storage-port", options.storage_port,
                 "A second listener, for blobs under signed URLs, that refuses Authorization; 0: a free port");
  app.add_flag("--redirect-blobs", options.redirect_blobs, "Redirect every GET of a blob to the storage listener");
  app.add_option("--threads", options.threads, "Threads to serve on")->check(CLI::Range(1, 256))->capture_default_str();
  app.add_option("--tls-cert", texts.certificate, "Serve TLS with this certificate chain (PEM)");
  app.add_option("--tls-key", texts.key, "and this key (PEM)");
  app.add_option("--tls-self-signed", texts.self_signed,
                 "Serve TLS with a fresh certificate for localhost, written to this file for clients to trust");
  app.add_option("--latency", texts.latency, "Milliseconds before each answer");
  app.add_option("--rate", texts.rate, "Bytes per second of each connection, for example 10MB");
  app.add_flag("!--no-keep-alive", options.keep_alive, "Close each connection after one answer");
  app.add_option("--max-connections", options.max_connections, "Reset further connections; 0: take any number");
}

void declare_registry(CLI::App& app, Options& options, Texts& texts) {
  app.add_option("--auth", texts.auth, "none, basic or bearer")
      ->check(CLI::IsMember({"none", "basic", "bearer"}))
      ->capture_default_str();
  app.add_option("--user", texts.user, "NAME:PASSWORD that is let in; without it, bearer tokens are for everybody");
  app.add_flag("--anonymous-pull", options.auth.anonymous_pull, "Bearer tokens for pulling without credentials");
  app.add_option("--refresh-token", options.auth.refresh_token, "What POST /token takes for a bearer token");
  app.add_option("--token-lifetime", texts.token_lifetime, "Seconds that a bearer token is good for; 0: for ever");
  app.add_option("--token-uses", options.auth.token_uses, "Requests that a bearer token is good for; 0: any number");
  app.add_flag("!--no-digest-header", options.digest_header, "Answer without Docker-Content-Digest");
  app.add_flag("!--no-referrers", options.referrers, "Have no referrers API");
  app.add_option("--referrers-page", options.referrers_page, "Referrers in one answer; 0: all");
  app.add_option("--uploads", texts.uploads, "Handle broken uploads like distribution3, distribution2, zot or crane")
      ->check(CLI::IsMember({"distribution3", "distribution2", "zot", "crane"}))
      ->capture_default_str();
  app.add_flag("--blobs-as-manifests", options.blobs_as_manifests, "Serve blobs as manifests, too");
  app.add_flag("!--no-mount", options.mount, "Answer mounts with an upload (202)");
}

Options to_options(Options options, const Texts& texts) {
  using Scheme = AuthOptions::Scheme;
  const std::map<std::string, Scheme> schemes = {
      {"none", Scheme::none}, {"basic", Scheme::basic}, {"bearer", Scheme::bearer}};
  options.auth.scheme = schemes.at(texts.auth);
  const std::map<std::string, UploadKind> kinds = {{"distribution3", UploadKind::distribution3},
                                                   {"distribution2", UploadKind::distribution2},
                                                   {"zot", UploadKind::zot},
                                                   {"crane", UploadKind::crane}};
  options.uploads = kinds.at(texts.uploads);
  const auto colon = texts.user.find(':');
  if (!texts.user.empty() && colon == std::string::npos) throw Error(ErrorKind::bad_input, "--user: has no ':'");
  options.auth.user = texts.user.substr(0, colon);
  if (!texts.user.empty()) options.auth.password = texts.user.substr(colon + 1);
  options.auth.token_lifetime = std::chrono::seconds(texts.token_lifetime);
  options.latency = std::chrono::milliseconds(texts.latency);
  if (!texts.rate.empty()) {
    const auto rate = parse_bytes(texts.rate);
    if (!rate) throw Error(ErrorKind::bad_input, "--rate: " + in_quotes(texts.rate) + " is no count of bytes");
    options.rate = *rate;
  }
  if (options.redirect_blobs && !options.storage_port) options.storage_port = std::uint16_t{0};
  if (!texts.self_signed.empty()) {
    options.tls = Certificate::self_signed();
    replace_file(texts.self_signed, options.tls->certificate);
  } else if (!texts.certificate.empty() || !texts.key.empty()) {
    options.tls = Certificate{read_file(texts.certificate), read_file(texts.key)};
  }
  return options;
}

}  // namespace

std::optional<Arguments> parse_arguments(int argc, const char* const* argv, int& exit_code) {
  CLI::App app("An OCI registry in memory, for tests and benchmarks: made-up content, faults on demand.",
               "acedt-registry");
  Arguments arguments;
  Texts texts;
  declare_network(app, arguments.options, texts);
  declare_registry(app, arguments.options, texts);
  app.add_option("--corpus,--generate", texts.corpora, "Make up images; see below; repeatable")
      ->allow_extra_args(false);
  app.add_option("--write-list", arguments.list, "Write the batch list of the made-up images to this file");
  app.add_option("--fault", texts.faults, "A fault rule; see below; repeatable")->allow_extra_args(false);
  app.add_option("--log", arguments.options.log, "Write a line for each request to this file");
  app.add_option("--port-file", arguments.port_file,
                 "Write the port, and in a second line the storage listener's, here");
  app.footer(
      std::string(corpus_help) + "\n\n" + std::string(fault_help) +
      "\n\nAt run time: POST /_/faults (a rule a line), DELETE /_/faults, GET /_/log, DELETE /_/log, GET /_/stats.\n"
      "A line of the log: METHOD TARGET STATUS BYTES RANGE AUTHORIZATION LISTENER.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    exit_code = app.exit(error);
    return std::nullopt;
  }
  for (const std::string& text : texts.corpora) arguments.corpora.push_back(CorpusSpec::parse(text));
  for (const std::string& text : texts.faults) arguments.faults.push_back(FaultRule::parse(text));
  arguments.options = to_options(std::move(arguments.options), texts);
  return arguments;
}

}  // namespace acedt::testing
