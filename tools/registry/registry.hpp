#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tools/registry/options.hpp"
#include "tools/registry/service.hpp"
#include "tools/registry/store.hpp"

namespace acedt::testing {

/// An OCI registry (distribution-spec v1.1) in memory, on threads of its own, from its construction to its destruction.
///
/// Every member may be called from any thread while it serves.
class Registry {
 public:
  Registry();
  /// Throws Error(bad_input) where it cannot listen or the certificate is none.
  explicit Registry(Options options);
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;
  /// Cuts all connections.
  ~Registry();

  std::uint16_t port() const noexcept;
  std::uint16_t storage_port() const noexcept;  ///< 0 where there is no storage listener
  std::string address() const;                  ///< "127.0.0.1:PORT", as in references

  /// Where content is put directly.
  Store& store() noexcept;

  /// See fault_help for the grammar.
  void add_fault(std::string_view rule);
  void add_fault(FaultRule rule);
  void clear_faults();

  std::vector<LogEntry> log() const;
  void clear_log();
  /// How many logged requests match, as "GET */blobs/*": see matches() in glob.hpp, on "METHOD TARGET".
  std::size_t asked(std::string_view pattern) const;
  Stats stats() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace acedt::testing
