#pragma once

// Divides the blobs of plain archives into parts that are hashed in parallel.

#include <cstddef>
#include <filesystem>
#include <span>
#include <vector>

#include "acedt/archive/contents.hpp"
#include "acedt/closure/closure.hpp"

namespace acedt::verify {

/// A part of a plain archive: some of its blobs.
struct Part {
  std::size_t archive = 0;
  std::size_t first = 0;
  std::size_t count = 0;
  Bytes size = {};
};

/// Appends the parts of an archive whose blobs are `blobs`: one for each large blob, and several small ones together.
void add_parts(std::vector<Part>& parts, std::size_t archive, std::span<const archive::Found> blobs);

/// Returns those of `blobs`, of the plain archive at `path`, that have wrong bytes. Reads large portions into the
/// buffer that is hashed. Throws Error(storage) if the file cannot be read.
std::vector<closure::Fault> damage_in(const std::filesystem::path& path, std::span<const archive::Found> blobs,
                                      const Disk& disk);

}  // namespace acedt::verify
