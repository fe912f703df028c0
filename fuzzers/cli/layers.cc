// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "fuzzers/cli/layers.h"

#include <fmt/format.h>

#include <utility>

#include "relocator/check.h"

namespace retort {

Result<FileLayers> read_layers(const std::string& file, const std::vector<std::string>& bases,
                               const Console& console) {
  FileLayers layers;
  Result<BtfFile> top = read_btf(file);
  if (!top) return std::unexpected(top.error());
  if (!top->distilled_base.empty()) {
    if (!bases.empty())
      console.note(fmt::format("{} carries .BTF.base and lies on that; --base is not used.", file));
    BtfFile base{.path = file + " (.BTF.base)",
                 .btf = std::move(top->distilled_base),
                 .distilled_base = {},
                 .ext = {},
                 .is_elf = true};
    layers.on_distilled = true;
    layers.files.push_back(std::move(base));
  } else {
    for (const std::string& path : bases) {
      Result<BtfFile> base = read_btf(path);
      if (!base) return std::unexpected(base.error());
      layers.files.push_back(std::move(*base));
    }
  }
  layers.files.push_back(std::move(*top));
  return layers;
}

const std::string& file_at_fault(const FileLayers& layers, const btf::Error& error) {
  return layers.files[error.layer].path;
}

std::string sentence_in(const FileLayers& layers, const btf::Error& error) {
  std::string sentence = btf::sentence(error);
  if (layers.files.size() == 1 && error.reason == btf::Reason::first_string_not_empty)
    sentence += "; if this is split BTF, name what it was built on with --base";
  return sentence;
}

std::unexpected<Failure> rejected_in(const FileLayers& layers, const btf::Error& error) {
  return rejected(fmt::format("{}: {}.", file_at_fault(layers, error), sentence_in(layers, error)));
}

namespace {

template <class Read>
Opened stack(const FileLayers& layers, Read&& read) {
  btf::BtfPtr top;
  for (const BtfFile& file : layers.files) {
    Opened layer = read(file.btf, top);
    if (!layer) return layer;
    top = std::move(*layer);
  }
  return top;
}

}  // namespace

Opened open_layers(const FileLayers& layers, const btf::Policy& policy) {
  return stack(layers, [&](btf::Bytes bytes, const btf::BtfPtr& below) {
    return btf::open(bytes, policy, below, true);
  });
}

Opened parse_layers(const FileLayers& layers) {
  return stack(layers, [](btf::Bytes bytes, const btf::BtfPtr& below) {
    return btf::Btf::parse(bytes, {.base = below, .borrow = true});
  });
}

Pair pair_of(const FileLayers& layers) {
  Pair pair;
  pair.append(layers.on_distilled ? kDistilled : kBase, layers.files.front().btf);
  for (std::size_t layer = 1; layer < layers.files.size(); ++layer)
    pair.append(kSplit, layers.files[layer].btf);
  return pair;
}

}  // namespace retort
