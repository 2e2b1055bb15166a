#include "tools/registry/corpus.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "acedt/base/error.hpp"
#include "acedt/base/text.hpp"
#include "acedt/codec/hasher.hpp"
#include "acedt/oci/media_type.hpp"
#include "tools/registry/synthetic.hpp"

namespace acedt::testing {
namespace {

constexpr std::string_view config_type = "application/vnd.oci.image.config.v1+json";

struct Layer {
  oci::Digest digest;
  Content content;
};

std::uint64_t seed_of(const CorpusSpec& spec) {
  std::uint64_t seed = spec.seed;
  for (const char c : spec.name) seed = mixed(seed, static_cast<unsigned char>(c));
  return seed;
}

/// Even on a logarithmic scale.
std::size_t size_of(const CorpusSpec& spec, Random& random) {
  const double ratio =
      static_cast<double>(spec.largest.count) / static_cast<double>(std::max<std::uint64_t>(1, spec.smallest.count));
  const double size = static_cast<double>(spec.smallest.count) * std::pow(ratio, random.fraction());
  return std::clamp(static_cast<std::size_t>(std::llround(size)), static_cast<std::size_t>(spec.smallest.count),
                    static_cast<std::size_t>(spec.largest.count));
}

/// Calls `job(i)` for every i below `count`, on all processors.
void for_each_index(std::size_t count, const std::function<void(std::size_t)>& job) {
  std::atomic<std::size_t> next = 0;
  auto work = [&] {
    for (std::size_t i = next++; i < count; i = next++) job(i);
  };
  std::vector<std::jthread> threads;
  const std::size_t wanted = std::min<std::size_t>(count, std::max(1U, std::thread::hardware_concurrency()));
  for (std::size_t i = 1; i < wanted; ++i) threads.emplace_back(work);
  work();
}

std::vector<Layer> make_layers(const CorpusSpec& spec) {
  const std::uint64_t seed = seed_of(spec);
  const std::size_t count = spec.shared + spec.artifacts * spec.blobs;
  Random random(seed);
  std::vector<std::size_t> ends;
  std::size_t total = 0;
  for (std::size_t i = 0; i < count; ++i) ends.push_back(total += size_of(spec, random));

  const auto buffer = std::make_shared_for_overwrite<std::byte[]>(total);
  std::vector<std::optional<Layer>> made(count);
  for_each_index(count, [&](std::size_t i) {
    const std::size_t begin = i == 0 ? 0 : ends[i - 1];
    const std::span<std::byte> bytes(buffer.get() + begin, ends[i] - begin);
    const auto fill = spec.kind == CorpusSpec::Kind::text ? fill_text : fill_incompressible;
    fill(bytes, mixed(seed, i));
    made[i] = Layer{codec::digest_of(oci::Algorithm::sha256, bytes), Content(buffer, bytes)};
  });

  std::vector<Layer> layers;
  for (auto& layer : made) layers.push_back(*std::move(layer));
  return layers;
}

std::string descriptor(std::string_view type, const oci::Digest& digest, std::size_t size) {
  return "{\"mediaType\":\"" + std::string(type) + "\",\"digest\":\"" + digest.text() +
         "\",\"size\":" + std::to_string(size) + '}';
}

void put_image(Store& store, const CorpusSpec& spec, const std::string& name, const std::vector<const Layer*>& layers) {
  const std::string_view layer_type = spec.kind == CorpusSpec::Kind::text
                                          ? "application/vnd.oci.image.layer.v1.tar"
                                          : "application/vnd.oci.image.layer.v1.tar+gzip";
  const std::string repository = "bench/" + name;
  std::string descriptors;
  std::string diff_ids;
  for (const Layer* layer : layers) {
    store.put_blob(repository, layer->digest, layer->content);
    descriptors += (descriptors.empty() ? "" : ",") + descriptor(layer_type, layer->digest, layer->content.size());
    diff_ids += (diff_ids.empty() ? "\"" : ",\"") + layer->digest.text() + '"';
  }
  std::string config = "{\"author\":\"" + name +
                       "\",\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{},\"rootfs\":{\"type\":\"layers\","
                       "\"diff_ids\":[" +
                       diff_ids + "]}}";
  const std::size_t config_size = config.size();
  const auto config_digest = store.put_blob(repository, Content::of(std::move(config)));
  store.put_manifest(repository, "v1", oci::media_type::oci_manifest,
                     Content::of("{\"schemaVersion\":2,\"mediaType\":\"" + std::string(oci::media_type::oci_manifest) +
                                 "\",\"config\":" + descriptor(config_type, config_digest, config_size) +
                                 ",\"layers\":[" + descriptors + "]}"));
}

[[noreturn]] void fail(std::string_view text, const std::string& what) {
  throw Error(ErrorKind::bad_input, "corpus " + in_quotes(text) + ": " + what);
}

/// Sets the field that `key` names; false where the value does not fit.
bool set(CorpusSpec& spec, std::string_view key, std::string_view value) {
  if (key == "size") {
    const auto dash = value.find('-');
    const auto smallest = parse_bytes(value.substr(0, dash));
    const auto largest = dash == std::string_view::npos ? smallest : parse_bytes(value.substr(dash + 1));
    spec.smallest = smallest.value_or(Bytes{});
    spec.largest = largest.value_or(Bytes{});
    return smallest && largest && *smallest <= *largest;
  }
  if (key == "kind") {
    spec.kind = value == "text" ? CorpusSpec::Kind::text : CorpusSpec::Kind::random;
    return value == "text" || value == "random";
  }
  const auto number = to_number(value);
  if (key == "seed") spec.seed = number.value_or(0);
  if (key == "seed") return number.has_value();
  constexpr std::uint64_t most = 1'000'000;
  const std::size_t count = std::min(number.value_or(0), most);
  if (key == "artifacts") spec.artifacts = count;
  if (key == "blobs") spec.blobs = count;
  if (key == "shared") spec.shared = count;
  return number && *number <= most;
}

}  // namespace

CorpusSpec CorpusSpec::parse(std::string_view text) {
  constexpr std::string_view keys[] = {"artifacts", "blobs", "shared", "size", "kind", "seed"};
  CorpusSpec spec;
  std::string_view rest = text;
  if (const auto colon = rest.find(':'); colon != std::string_view::npos) {
    spec.name = rest.substr(0, colon);
    rest.remove_prefix(colon + 1);
  }
  for (const auto piece : split(rest, ',')) {
    if (trim(piece).empty()) continue;
    const auto equals = piece.find('=');
    const auto key = trim(piece.substr(0, equals));
    if (std::find(std::begin(keys), std::end(keys), key) == std::end(keys))
      fail(text, "there is no key " + in_quotes(key));
    const auto value = equals == std::string_view::npos ? std::string_view() : trim(piece.substr(equals + 1));
    if (!set(spec, key, value)) fail(text, std::string(key) + " cannot be " + in_quotes(value));
  }
  return spec;
}

Bytes CorpusSpec::max_bytes() const {
  return {(shared + artifacts * blobs) * largest.count};
}

std::vector<std::string> generate(Store& store, const CorpusSpec& spec, std::size_t first) {
  const std::vector<Layer> layers = make_layers(spec);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < spec.artifacts; ++i) {
    const std::string number = std::to_string(first + i);
    names.push_back('a' + std::string(number.size() < 4 ? 4 - number.size() : 0, '0') + number);
    std::vector<const Layer*> own;
    for (std::size_t k = 0; k < spec.shared; ++k) own.push_back(&layers[k]);
    for (std::size_t k = 0; k < spec.blobs; ++k) own.push_back(&layers[spec.shared + i * spec.blobs + k]);
    put_image(store, spec, names.back(), own);
  }
  return names;
}

std::string batch_list(const std::vector<std::string>& names, std::string_view address) {
  std::string text = "name,artifact\n";
  for (const std::string& name : names)
    text.append(name).append(",").append(address).append("/bench/" + name + ":v1\n");
  return text;
}

}  // namespace acedt::testing
