// What the live display looks like, as text: five situations, each at three widths.

#include "ui/view.hpp"

#include "acedt/ui/model.hpp"
#include "ui/run.hpp"

#include <doctest/doctest.h>

#include <deque>
#include <string>

using namespace acedt;
using namespace acedt::testing;
using namespace std::chrono_literals;

namespace {

/// A run of which a test tells what happens each fifth of a second.
class Situation {
 public:
  void event(report::What what) { run_.event(std::move(what)); }
  void resolved(std::size_t rows, Bytes size) {
    for (std::size_t i = 0; i < rows; ++i) {
      event(report::ArtifactResolved{.archive = next(), .digest = some_digest, .size = size});
      run_.counters.bytes_planned += size.count;
    }
  }
  void committed(std::size_t rows) {
    for (std::size_t i = 0; i < rows; ++i) event(report::ArchiveCommitted{.archive = "?", .digest = some_digest});
  }
  void received(Bytes bytes) {
    run_.counters.bytes_received += bytes.count;
    run_.counters.bytes_stored += bytes.count;
  }
  void sent(Bytes bytes) { run_.counters.bytes_sent += bytes.count; }
  void pushed(Bytes bytes) {
    run_.counters.bytes_planned = 1'000'000'000;
    run_.counters.bytes_stored += bytes.count;
    sent(bytes);
  }
  void recovered(Bytes bytes) {
    run_.counters.bytes_stored += bytes.count;
    run_.counters.bytes_recovered += bytes.count;
  }
  report::Transfers::Transfer& begins(const std::string& archive, char digest, Bytes size) {
    archives_.push_back(archive);
    digests_.push_back(oci::Digest::parse("sha256:" + std::string(64, digest)));
    return transfers_.emplace_back(run_.counters.transfers, archives_.back(), digests_.back(), size);
  }
  void passes(std::chrono::milliseconds time = 200ms) {
    run_.wait(time);
    run_.tick();
  }

  /// The display at a width, each row with its end marked, and with `coloured` as in a terminal with colours.
  std::string at(std::size_t columns, bool coloured = false, std::size_t rows = 24) const {
    std::string text;
    for (const ui::Row& row : ui::view(observed_.model, {columns, rows})) {
      CHECK(ui::length_of(ui::text_of(row, false)) < columns);
      text += ui::text_of(row, coloured) + "|\n";
    }
    return text;
  }

 private:
  std::string next() { return std::to_string(++number_); }

  Observed observed_;
  Run run_{observed_};
  std::size_t number_ = 0;
  std::deque<std::string> archives_;
  std::deque<oci::Digest> digests_;
  std::deque<report::Transfers::Transfer> transfers_;
};

}  // namespace

TEST_CASE("a fast run of one row is one row of the display") {
  Situation run;
  run.event(report::RunStarted{.rows = 1});
  run.resolved(1, {1'000'000'000});
  run.passes();
  for (int i = 0; i < 10; ++i) {
    run.received({40'000'000});
    run.passes();
  }
  CHECK(run.at(40) == "40.0%  200 MB/s  ETA 3s  0 of 1 archive|\n");
  CHECK(run.at(80) == "40.0%  200 MB/s  ETA 3s       0 of 1 archive  400 MB of 1.0 GB  [=====>       ]|\n");
  CHECK(run.at(200) ==
        "40.0%  200 MB/s  ETA 3s       0 of 1 archive  400 MB of 1.0 GB  [============>                 ]|\n");
}

TEST_CASE("a slow run with large blobs shows which ones, and which get no data") {
  Situation run;
  run.event(report::RunStarted{.rows = 7});
  run.resolved(7, {12'000'000'000});
  run.committed(2);
  auto& first = run.begins("000003-pytorch-cuda-12.4-devel.tar", '3', {8'400'000'000});
  auto& second = run.begins("000004-model.tar", '4', {4'300'000'000});
  auto& third = run.begins("000004-model.tar", '5', {1'000'000'000});
  auto& small = run.begins("000005-tools.tar", '6', {20'000'000});
  auto& smallest = run.begins("000005-tools.tar", '7', {900'000});
  first.restart_at({2'100'000'000});
  second.restart_at({150'000'000});
  run.recovered({2'250'000'000});
  run.passes();
  for (int i = 0; i < 300; ++i) {
    run.received({1'500'000});
    first.add(1'000'000);
    second.add(300'000);
    if (i < 240) third.add(200'000);
    small.add(60'000);
    smallest.add(3000);
    run.passes();
  }
  CHECK(run.at(40) ==
        " 3.2%  7.5 MB/s  ETA 3h00m  2/7|\n"
        "  000003-pytorch-cu…   28%     5.0 MB/s|\n"
        "  000004-model.tar      5%     1.5 MB/s|\n"
        "  000004-model.tar      4%     idle 12s|\n"
        "  000005-tools.tar     90%     300 kB/s|\n");
  CHECK(run.at(80) ==
        " 3.2%  7.5 MB/s  ETA 3h00m    2 of 7 archives  2.7 GB of 84 GB  [>            ]|\n"
        "  000003-pytorch-cuda-12.4-…  333333333333  2.4 GB of 8.4 GB   28%     5.0 MB/s|\n"
        "  000004-model.tar            444444444444  240 MB of 4.3 GB    5%     1.5 MB/s|\n"
        "  000004-model.tar            555555555555   48 MB of 1.0 GB    4%     idle 12s|\n"
        "  000005-tools.tar            666666666666    18 MB of 20 MB   90%     300 kB/s|\n");
  CHECK(run.at(200) ==
        " 3.2%  7.5 MB/s  ETA 3h00m    2 of 7 archives  2.7 GB of 84 GB  [>                             ]|\n"
        "  000003-pytorch-cuda-12.4-devel.tar  333333333333  2.4 GB of 8.4 GB   28%     5.0 MB/s|\n"
        "  000004-model.tar                    444444444444  240 MB of 4.3 GB    5%     1.5 MB/s|\n"
        "  000004-model.tar                    555555555555   48 MB of 1.0 GB    4%     idle 12s|\n"
        "  000005-tools.tar                    666666666666    18 MB of 20 MB   90%     300 kB/s|\n");
}

TEST_CASE("a resumed run counts what it recovered as done, but not as speed") {
  Situation run;
  run.event(report::RunStarted{.rows = 5, .skipped = 2});
  run.resolved(2, {10'000'000'000});
  run.recovered({15'000'000'000});
  run.passes();
  for (int i = 0; i < 20; ++i) {
    run.received({2'000'000});
    run.passes();
  }
  CHECK(run.at(40) == " ~50%   10 MB/s  ETA ~24m56s  0/3|\n");
  CHECK(run.at(80) == " ~50%   10 MB/s  ETA ~24m56s  0 of 3 archives  15 GB of ~30 GB  [======>      ]|\n");
  CHECK(run.at(200) ==
        " ~50%   10 MB/s  ETA ~24m56s  0 of 3 archives  15 GB of ~30 GB  [===============>              ]|\n");
}

TEST_CASE("a registry that is down, and one that asked for a pause, are what the run waits for") {
  Situation run;
  run.event(report::RunStarted{.rows = 7});
  run.resolved(7, {100'000'000});
  run.passes();
  for (int i = 0; i < 20; ++i) {
    run.received({1'000'000});
    run.passes();
  }
  run.event(report::HostPaused{"ghcr.io", 75s});
  for (int i = 0; i < 60; ++i) {
    if (i % 10 == 0)
      run.event(report::Retrying{"blob sha256:aa",
                                 "GET https://registry.example.com:5000/v2/a/blobs/sha256:aa: connect to "
                                 "registry.example.com:5000 (192.0.2.1): Connection refused",
                                 4s, 1, "registry.example.com:5000"});
    run.passes();
  }
  CHECK(run.at(40) ==
        " 2.8%     0 B/s  0/7  20 MB of 700 MB|\n"
        "  waiting 2s for registry.example.com:…|\n"
        "  waiting 1m03s for ghcr.io, which ask…|\n");
  CHECK(run.at(80) ==
        " 2.8%     0 B/s               0 of 7 archives  20 MB of 700 MB  [>            ]|\n"
        "  waiting 2s for registry.example.com:5000 (6 failures): connect to registry.e…|\n"
        "  waiting 1m03s for ghcr.io, which asked for a pause|\n");
  CHECK(run.at(200) ==
        " 2.8%     0 B/s               0 of 7 archives  20 MB of 700 MB  [>                             ]|\n"
        "  waiting 2s for registry.example.com:5000 (6 failures): connect to registry.example.com:5000 (192.0.2.1): "
        "Connection refused|\n"
        "  waiting 1m03s for ghcr.io, which asked for a pause|\n");
}

TEST_CASE("of a list of many rows, those that are not resolved yet are estimated") {
  Situation run;
  run.event(report::RunStarted{.rows = 300});
  run.resolved(128, {95'000'000});
  run.committed(64);
  run.event(report::RowFailed{.name = "a", .passed_over = true});
  run.event(report::RowFailed{.name = "b", .passed_over = true});
  run.passes();
  for (int i = 0; i < 300; ++i) {
    run.received({24'000'000});
    run.passes();
  }
  CHECK(run.at(40) == " ~38%  120 MB/s  ETA ~1m38s  64/300|\n");
  CHECK(run.at(80) == " ~38%  120 MB/s  ETA ~1m38s   64 of 300 archives  2 failed  7.2 GB of ~19 GB|\n");
  CHECK(run.at(200) ==
        " ~38%  120 MB/s  ETA ~1m38s   64 of 300 archives  2 failed  7.2 GB of ~19 GB  [===========>                  "
        "]|\n");
}

TEST_CASE("a push is shown as a mirroring run is") {
  Situation run;
  run.event(report::PushStarted{.archives = 3, .skipped = 1});
  run.event(report::PushPlanned{.archive = "000002-b.tar", .size = {700'000'000}});
  run.event(report::PushPlanned{.archive = "000003-c.tar", .size = {300'000'000}});
  run.pushed({100'000'000});
  auto& transfer = run.begins("000002-b.tar", '2', {500'000'000});
  run.passes();
  for (int i = 0; i < 20; ++i) {
    transfer.add(10'000'000);
    run.sent({10'000'000});
    run.passes();
  }
  CHECK(run.at(80) ==
        "30.0%   50 MB/s  ETA 14s      0 of 2 archives  300 MB of 1.0 GB  [===>        ]|\n"
        "  000002-b.tar  222222222222  200 MB of 500 MB   40%      50 MB/s|\n");
}

TEST_CASE("on a terminal with colours, they emphasize percent, failures and waiting") {
  Situation run;
  run.event(report::RunStarted{.rows = 2});
  run.event(report::RowFailed{.name = "a", .passed_over = true});
  run.event(report::HostPaused{"ghcr.io", 75s});
  run.begins("000001-a.tar", '1', 10_B);
  for (int i = 0; i < 10; ++i) run.passes();
  CHECK(run.at(60, true) ==
        "\x1b[1m  ~0%\x1b[0m     0 B/s  resolving  0 of 2 archives  \x1b[31m1 failed\x1b[0m|\n"
        "\x1b[33m  waiting 1m13s for ghcr.io, which asked for a pause\x1b[0m|\n"
        "\x1b[2m  000001-a.tar       0 B of 10 B    0%        0 B/s\x1b[0m|\n");
}

TEST_CASE("a narrow window has percent first, then rate and ETA") {
  Situation run;
  run.event(report::RunStarted{.rows = 7});
  run.resolved(7, {100'000'000});
  run.passes();
  for (int i = 0; i < 20; ++i) {
    run.received({1'000'000});
    run.passes();
  }
  CHECK(run.at(30) == " 2.8%  5.0 MB/s  ETA 2m16s|\n");
  CHECK(run.at(20) == " 2.8%  5.0 MB/s|\n");
  CHECK(run.at(10) == " 2.8%|\n");
  CHECK(run.at(1) == "|\n");
}
