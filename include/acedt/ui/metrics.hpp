#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "acedt/base/disk.hpp"
#include "acedt/ui/run_record.hpp"
#include "acedt/ui/totals.hpp"

// The numbers of a run for Prometheus, in its text exposition format, as node_exporter's textfile collector reads it.

namespace acedt::ui {

/// Returns the text for a run that has ended. `last_success`: the value of that metric, in seconds since 1970, if the
/// run did not succeed.
std::string metrics_of(const RunStart& start, const RunEnd& end, const Totals& totals, std::string_view last_success);

/// Returns the time of the last success in `text`, which metrics_of() has made for a run with the same command, folder,
/// destination and shard; "0" if it is not there. No other text harms.
std::string last_success_in(std::string_view text, const RunStart& start);

/// Throws Error(usage) unless metrics can be written to `path`: a name that ends in .prom, as node_exporter reads no
/// others, in a folder that exists, and no file there but a regular one.
void check_metrics_file(const std::filesystem::path& path, const Disk& disk = Disk::real());

/// Replaces the file at `path` (links are followed) by the metrics of the run. All may read the file. A reader, and a
/// crash, sees the old text or the new one. Throws Error(storage) or Error(no_space).
void write_metrics(const std::filesystem::path& path, const RunStart& start, const RunEnd& end, const Totals& totals,
                   const Disk& disk = Disk::real());

}  // namespace acedt::ui
