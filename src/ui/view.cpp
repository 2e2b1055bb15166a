// The live display as rows of text. A row has columns of fixed width, so that they stay in place while numbers change;
// columns are left out, the least important ones first, if the terminal is too narrow for all of them.

#include "ui/view.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <utility>

#include "acedt/ui/text.hpp"

namespace acedt::ui {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t gap = 2;
constexpr std::size_t max_bar = 32;
constexpr std::size_t min_bar = 12;
constexpr std::size_t max_waits = 2;
constexpr std::size_t wide = 70;              // columns, from which on the ETA has a fixed width
constexpr std::size_t eta_columns = 11;       // "ETA ~59m59s"
constexpr std::size_t rows_per_transfer = 6;  // of the terminal
constexpr auto min_idle = 5s;

constexpr std::size_t rate_columns = 11;
constexpr std::size_t percent_columns = 4;
constexpr std::size_t bytes_columns = 16;
constexpr std::size_t digest_columns = 12;
constexpr std::size_t min_name_columns = 16;  // without which neither bytes nor digest are shown

/// Rounds down, so that 100 % means all. An estimate has no decimals.
std::string text_of(const Share& share) {
  std::array<char, 32> text{};
  if (share.is_estimated || share.percent >= 100) {
    std::snprintf(text.data(), text.size(), "%s%d%%", share.is_estimated ? "~" : "", static_cast<int>(share.percent));
  } else {
    std::snprintf(text.data(), text.size(), "%.1f%%", static_cast<int>(share.percent * 10) / 10.0);
  }
  return text.data();
}

std::string per_second(Bytes rate) {
  return human(rate) + "/s";
}

/// One field of the summary. `columns` is its width in the row.
struct Field {
  std::vector<Span> spans = {};
  std::size_t columns = 0;

  Field() = default;
  Field(std::string text, Style style = Style::plain) : columns(length_of(text)) {
    spans.push_back({std::move(text), style});
  }
};

std::string eta_of(const Model& model) {
  const auto left = model.remaining();
  if (!left) return {};
  return std::string("ETA ") + (model.share().is_estimated ? "~" : "") + brief(*left);
}

std::string bytes_of(const Model& model) {
  return human(model.progress().done) + " of " + (model.share().is_estimated ? "~" : "") + human(model.whole());
}

std::string rows_of(const Model& model) {
  return std::to_string(model.progress().committed) + " of " + counted(model.progress().rows, "archive");
}

std::string bar(double percent, std::size_t columns) {
  const std::size_t inside = columns - 2;
  const auto filled = std::min(inside, static_cast<std::size_t>(static_cast<double>(inside) * percent / 100));
  std::string text = "[" + std::string(filled, '=');
  if (filled < inside) text += '>' + std::string(inside - filled - 1, ' ');
  return text + "]";
}

/// The fields of the summary, each empty if it is left out.
class Summary {
 public:
  Summary(const Model& model, std::size_t columns) : model_(model), left_(columns) {
    const Progress& progress = model.progress();
    take(percent_, {right_aligned(text_of(model.share()), 5), Style::strong});
    take(rate_, {right_aligned(per_second(model.speed()), 8)});
    const std::string eta = progress.resolved == 0 ? "resolving" : eta_of(model);
    take(eta_, {columns < wide ? eta : padded(eta, eta_columns)});
    take(rows_, {std::to_string(progress.committed) + "/" + std::to_string(progress.rows)});
    if (progress.failed > 0) take(failed_, {std::to_string(progress.failed) + " failed", Style::bad});
    if (progress.resolved > 0) take(bytes_, {bytes_of(model)});
    replace(rows_, {rows_of(model)});
    if (left_ >= min_bar + gap) take(bar_, {bar(model.share().percent, std::min(left_ - gap, max_bar)), Style::good});
  }

  Row row() && {
    Row row;
    for (Field* field : {&percent_, &rate_, &eta_, &rows_, &failed_, &bytes_, &bar_}) {
      if (field->columns == 0) continue;
      if (!row.empty()) row.push_back({std::string(gap, ' ')});
      std::ranges::move(field->spans, std::back_inserter(row));
    }
    return row;
  }

 private:
  /// Fills `field` if it fits.
  void take(Field& field, Field value) {
    const std::size_t needed = value.columns + (is_first_ ? 0 : gap);
    if (value.columns == 0 || needed > left_) return;
    left_ -= needed;
    is_first_ = false;
    field = std::move(value);
  }
  /// Replaces `field` by a longer one if that fits.
  void replace(Field& field, Field value) {
    if (field.columns == 0 || value.columns > left_ + field.columns) return;
    left_ -= value.columns - field.columns;
    field = std::move(value);
  }

  const Model& model_;
  std::size_t left_;
  bool is_first_ = true;
  Field percent_, rate_, eta_, rows_, failed_, bytes_, bar_;
};

/// Which columns the rows of transfers have. They are the same in all rows.
struct Columns {
  std::size_t name = 0;
  bool bytes = false;
  bool digest = false;
};

Columns columns_for(const std::vector<ShownTransfer>& transfers, std::size_t columns) {
  const std::size_t always = gap + gap + percent_columns + gap + rate_columns;
  Columns result;
  if (columns <= always) return result;
  std::size_t left = columns - always;
  const auto take = [&](std::size_t width) {
    if (left < min_name_columns + gap + width) return false;
    left -= gap + width;
    return true;
  };
  result.bytes = take(bytes_columns);
  result.digest = take(digest_columns);
  std::size_t longest = 0;
  for (const ShownTransfer& one : transfers) longest = std::max(longest, length_of(one.archive));
  result.name = std::min(left, longest);
  return result;
}

std::string short_digest(const std::string& digest) {
  return digest.substr(digest.find(':') + 1, digest_columns);
}

Row row_of(const ShownTransfer& transfer, const Columns& columns) {
  const std::string blanks(gap, ' ');
  std::string text = blanks + padded(shortened(printable(transfer.archive), columns.name), columns.name);
  if (columns.digest) text += blanks + padded(short_digest(transfer.digest), digest_columns);
  if (columns.bytes)
    text += blanks + right_aligned(human(transfer.done) + " of " + human(transfer.size), bytes_columns);
  const auto percent = 100 * static_cast<double>(transfer.done.count) /
                       static_cast<double>(std::max<std::uint64_t>(transfer.size.count, 1));
  text += blanks + right_aligned(std::to_string(static_cast<int>(percent)) + "%", percent_columns) + blanks;
  if (transfer.idle < min_idle) return {{text + right_aligned(per_second(transfer.rate), rate_columns), Style::dim}};
  const std::string idle = right_aligned("idle " + brief(transfer.idle), rate_columns);
  return {{text, Style::dim}, {idle, Style::warning}};
}

/// Cuts the row to `columns`.
Row fitted(Row row, std::size_t columns) {
  for (Span& span : row) {
    span.text = std::string(cut(span.text, columns));
    columns -= length_of(span.text);
  }
  return row;
}

}  // namespace

std::string status(const Model& model) {
  std::string text = text_of(model.share()) + ", " + per_second(model.speed());
  if (const std::string eta = eta_of(model); !eta.empty()) text += ", " + eta;
  text += ", " + rows_of(model);
  if (model.progress().failed > 0) text += ", " + std::to_string(model.progress().failed) + " failed";
  if (model.progress().resolved > 0) text += ", " + bytes_of(model);
  for (const Wait& wait : model.waits()) text += "; " + text_of(wait);
  return text;
}

std::string text_of(const Wait& wait) {
  if (wait.failed == 0)
    return "waiting " + brief(wait.left.value_or(0s)) + " for " + wait.host + ", which asked for a pause";
  const std::string what = wait.left ? "waiting " + brief(*wait.left) + " for " : "asking again: ";
  return what + wait.host + " (" + counted(wait.failed, "failure") + "): " + wait.why;
}

std::vector<Row> view(const Model& model, TerminalSize size) {
  const std::size_t columns = size.columns - std::min<std::size_t>(size.columns, 1);
  const std::size_t max_rows = std::max<std::size_t>(size.rows, 2) - 1;
  std::vector<Row> rows;
  rows.push_back(fitted(Summary(model, columns).row(), columns));
  std::vector<Wait> waits = model.waits();
  for (std::size_t i = 0; i < std::min(waits.size(), max_waits); ++i)
    rows.push_back({{shortened("  " + printable(text_of(waits[i])), columns), Style::warning}});
  const std::size_t max_transfers = std::clamp<std::size_t>(size.rows / rows_per_transfer, 2, Model::max_transfers);
  const std::vector<ShownTransfer> transfers = model.transfers(max_transfers);
  const Columns layout = columns_for(transfers, columns);
  for (const ShownTransfer& one : transfers) rows.push_back(fitted(row_of(one, layout), columns));
  rows.resize(std::min(rows.size(), max_rows));
  return rows;
}

}  // namespace acedt::ui
