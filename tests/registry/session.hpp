#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "acedt/oci/media_type.hpp"
#include "acedt/registry/pull.hpp"
#include "acedt/registry/registries.hpp"
#include "support/run.hpp"
#include "support/sha256.hpp"
#include "tools/registry/registry.hpp"

namespace acedt::testing {

/// An image without layers, for when it does not matter what is mirrored.
inline const std::string image =
    R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","layers":[]})";

inline oci::Descriptor image_descriptor() {
  return {std::string(oci::media_type::oci_manifest), sha256(image), {image.size()}};
}

/// A registry that has `image` as a/b:v1.
struct ImageRegistry : Registry {
  explicit ImageRegistry(Options options = {}) : Registry(std::move(options)) {
    store().put_manifest("a/b", "v1", "", Content::of(image));
  }
};

/// A transport, and the registries that it knows: `server` as http://, unless `settings` say something else.
struct Session {
  using ReadCredentials = std::function<registry::Credentials()>;

  Session(async::Executor of_session, registry::Settings settings, ReadCredentials read)
      : executor(of_session),
        registries(executor, std::move(settings), std::move(read), transport_settings(), counters),
        transport(executor, transport_settings(), registries, counters) {}
  explicit Session(async::Executor of_session, registry::Settings settings = {},
                   const registry::Credentials& credentials = {})
      : Session(of_session, std::move(settings), [credentials] { return credentials; }) {}
  Session(async::Executor of_session, const Registry& server, const registry::Credentials& credentials = {})
      : Session(of_session, plain(server), credentials) {}

  static registry::Settings plain(const Registry& server) {
    registry::Settings settings;
    settings.endpoints[server.address()] = {"http://" + server.address()};
    return settings;
  }

  registry::TransportSettings transport_settings() {
    registry::TransportSettings settings;
    settings.on_busy = [this](const std::string& host) { busy.push_back(host); };
    settings.on_retry = [this](report::Retrying event) { retries.push_back(std::move(event)); };
    settings.on_pause = [this](report::HostPaused event) { pauses.push_back(std::move(event)); };
    settings.on_recovery = [this](report::HostRecovered event) { recoveries.push_back(std::move(event)); };
    settings.host_health = down;
    settings.on_warning = [this](std::string text) { warnings.push_back(std::move(text)); };
    settings.jitter = [] { return 0.0; };
    settings.now = [this] { return std::chrono::steady_clock::now() + later; };
    return settings;
  }

  /// The repository a/b of `server`.
  async::awaitable<registry::Repository> open(const Registry& server) {
    const oci::Reference reference = oci::Reference::parse(server.address() + "/a/b:v1");
    co_return co_await registries.open(reference, "pull");
  }

  async::Executor executor;
  std::chrono::seconds later{0};  // how much later it is for tokens than it is
  report::Counters counters;
  std::vector<report::Retrying> retries;
  std::vector<report::HostPaused> pauses;
  std::vector<report::HostRecovered> recoveries;
  std::vector<std::string> busy;  // hosts that asked for patience
  std::shared_ptr<registry::HostHealth> down = std::make_shared<registry::HostHealth>();
  std::vector<std::string> warnings;
  registry::Registries registries;
  registry::Transport transport;
};

/// Runs the coroutine `body` with an ImageRegistry, a session, and the repository a/b in it. The log starts empty.
void with_image(Options options, auto body) {
  ImageRegistry server(std::move(options));
  testing::run([&](async::Executor executor) -> async::awaitable<void> {
    Session session(executor, server);
    const registry::Repository repository = co_await session.open(server);
    server.clear_log();
    co_await body(server, session, repository);
  });
}

/// The Error that `work` ends in.
template <class Result>
async::awaitable<Error> error_of(async::awaitable<Result> work) {
  std::optional<Error> failure;
  try {
    co_await std::move(work);
  } catch (const Error& error) {
    failure = error;
  }
  co_return failure.value_or(Error(ErrorKind::bad_input, "no error"));
}

}  // namespace acedt::testing
