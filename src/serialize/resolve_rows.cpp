// Rows are resolved ahead, in parallel, and handed on in list order: an artifact that is ready early waits in
// `resolved_`. Rows need no order among themselves, but their requests have their row as priority.

#include "serialize/resolve_rows.hpp"

#include <set>
#include <utility>

namespace acedt::serialize {
namespace {

constexpr std::uint64_t max_ahead = 128;  // rows

}  // namespace

ResolveRows::ResolveRows(const async::Executor& control, const std::vector<sync::BatchRow>& rows, RowResults& results,
                         engine::Resolver& resolver, const engine::RowBudget& budget,
                         const oci::PlatformFilter& platforms)
    : rows_(rows), results_(results), resolver_(resolver), budget_(budget), platforms_(platforms), changed_(control) {
  results_.when_failed([this](std::uint64_t) { wake(); });
}

async::awaitable<std::optional<ResolveRows::Resolved>> ResolveRows::next(async::TaskGroup& group) {
  for (; next_ < rows_.size(); ++next_) {
    begin_ahead(group);
    while (is_under_way(next_)) co_await changed_.wait();
    if (next_ >= results_.failed_row()) break;
    auto resolved = resolved_.extract(next_);
    if (!resolved.empty()) co_return Resolved{next_++, std::move(resolved.mapped())};
  }
  co_return std::nullopt;
}

async::awaitable<std::pair<Bytes, std::size_t>> ResolveRows::size_ahead(const plan::Dedup& dedup,
                                                                        plan::DedupScope scope,
                                                                        async::TaskGroup& group) {
  begin_ahead(group);
  const std::uint64_t ahead = begun_;
  for (std::uint64_t row = 0; row < ahead; ++row) {
    while (is_under_way(row) && !budget_.is_short()) co_await changed_.wait();
  }
  Bytes size;
  std::set<oci::Digest> counted;
  for (const auto& [row, artifact] : resolved_) {
    for (const auto& [descriptor, document] : artifact.graph.entries) {
      const bool is_known = scope != plan::DedupScope::none && dedup.find(descriptor.digest, descriptor.size);
      if (!document && !is_known && counted.insert(descriptor.digest).second) size += descriptor.size;
    }
  }
  co_return std::pair(size, resolved_.size());
}

void ResolveRows::begin_ahead(async::TaskGroup& group) {
  for (; begun_ < rows_.size() && begun_ < next_ + max_ahead; ++begun_) group.spawn(resolve(begun_));
}

/// Returns true if `row` is neither resolved nor passed over, and still needed.
bool ResolveRows::is_under_way(std::uint64_t row) const {
  return !resolved_.contains(row) && !results_.ended()[row] && row < results_.failed_row();
}

/// Returns the digest that the tag of a row has now; unset if it is the known one, or if the tag is gone.
async::awaitable<std::optional<oci::Digest>> ResolveRows::moved_to(std::uint64_t row, oci::Reference reference) {
  try {
    oci::Digest digest = co_await resolver_.digest_of(row, std::move(reference));
    if (digest.text() == rows_[row].known_digest) co_return std::nullopt;
    co_return digest;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found) throw;
    results_.warn(row, std::string("the tag is gone, its archive stays: ") + error.what());
  }
  co_return std::nullopt;
}

async::awaitable<void> ResolveRows::resolve(std::uint64_t row) {
  try {
    oci::Reference reference = oci::Reference::parse(rows_[row].artifact);
    if (rows_[row].lost) reference.digest = oci::Digest::parse(rows_[row].lost->entry.origin->digest);
    if (!rows_[row].known_digest.empty()) reference.digest = co_await moved_to(row, reference);
    const bool is_unchanged = !rows_[row].known_digest.empty() && !reference.digest;
    if (is_unchanged) {
      results_.skip(row);
      changed_.wake_all();
      co_return;
    }
    oci::PlatformFilter platforms = platforms_;
    if (rows_[row].lost) platforms = oci::PlatformFilter::parse(rows_[row].lost->entry.origin->platforms);
    engine::Artifact artifact = co_await resolver_.resolve(row, rows_[row], std::move(reference), std::move(platforms));
    resolved_.emplace(row, std::move(artifact));
  } catch (const engine::Dropped&) {
    // A row before this one failed.
  } catch (...) {
    results_.give_up(row, std::current_exception());
  }
  changed_.wake_all();
}

}  // namespace acedt::serialize
