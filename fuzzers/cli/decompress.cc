// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "fuzzers/cli/decompress.h"

#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

namespace retort {
namespace {

using Content = std::expected<std::vector<std::byte>, std::string>;

// A vmlinux with all its debug information is under one gigabyte.
constexpr std::size_t kMaxBytes = std::size_t{2} << 30;
constexpr std::size_t kChunk = std::size_t{1} << 20;

std::unexpected<std::string> fail(std::string_view sentence) {
  return std::unexpected(std::string(sentence));
}
constexpr std::string_view kCutOff = "the compressed data is cut off";
constexpr std::string_view kDamaged = "the compressed data is damaged";
constexpr std::string_view kTooLarge = "it is larger than 2 GiB when decompressed";

bool begins_with(btf::Bytes bytes, std::string_view magic) {
  return bytes.size() >= magic.size() &&
         std::ranges::equal(bytes.first(magic.size()), std::as_bytes(std::span(magic)));
}

// Room for the next chunk, or nothing left where the limit is reached.
std::span<std::byte> grow(std::vector<std::byte>& content) {
  const std::size_t before = content.size();
  if (before >= kMaxBytes) return {};
  content.resize(before + kChunk);
  return std::span(content).subspan(before);
}

Content unxz(btf::Bytes bytes) {
  lzma_stream stream = LZMA_STREAM_INIT;
  if (lzma_stream_decoder(&stream, UINT64_MAX, 0) != LZMA_OK) return fail("out of memory");
  const auto end = [](lzma_stream* ended) { lzma_end(ended); };
  const std::unique_ptr<lzma_stream, decltype(end)> guard(&stream, end);
  stream.next_in = reinterpret_cast<const std::uint8_t*>(bytes.data());
  stream.avail_in = bytes.size();
  std::vector<std::byte> content;
  for (;;) {
    const std::span<std::byte> room = grow(content);
    if (room.empty()) return fail(kTooLarge);
    stream.next_out = reinterpret_cast<std::uint8_t*>(room.data());
    stream.avail_out = room.size();
    const lzma_ret result = lzma_code(&stream, LZMA_FINISH);
    content.resize(content.size() - stream.avail_out);
    if (result == LZMA_STREAM_END) return content;
    if (result == LZMA_BUF_ERROR) return fail(kCutOff);
    if (result != LZMA_OK) return fail(kDamaged);
  }
}

Content unzstd(btf::Bytes bytes) {
  const std::unique_ptr<ZSTD_DStream, decltype(&ZSTD_freeDStream)> stream(ZSTD_createDStream(),
                                                                          ZSTD_freeDStream);
  if (!stream) return fail("out of memory");
  // Kernels are packed with windows larger than the default limit.
  ZSTD_DCtx_setParameter(stream.get(), ZSTD_d_windowLogMax, 31);
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  std::vector<std::byte> content;
  for (;;) {
    const std::span<std::byte> room = grow(content);
    if (room.empty()) return fail(kTooLarge);
    ZSTD_outBuffer out{room.data(), room.size(), 0};
    const std::size_t result = ZSTD_decompressStream(stream.get(), &out, &in);
    content.resize(content.size() - room.size() + out.pos);
    if (ZSTD_isError(result) != 0) return fail(kDamaged);
    if (result == 0) return content;
    if (in.pos == in.size && out.pos < out.size) return fail(kCutOff);
  }
}

Content gunzip(btf::Bytes bytes) {
  z_stream stream{};
  constexpr int kGzipWindow = 16 + MAX_WBITS;
  if (inflateInit2(&stream, kGzipWindow) != Z_OK) return fail("out of memory");
  const std::unique_ptr<z_stream, decltype(&inflateEnd)> guard(&stream, inflateEnd);
  std::vector<std::byte> content;
  for (;;) {
    // zlib counts in 32 bits, so both buffers are handed over in pieces.
    if (stream.avail_in == 0) {
      const std::size_t piece = std::min(bytes.size(), kChunk);
      stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(bytes.data()));
      stream.avail_in = static_cast<uInt>(piece);
      bytes = bytes.subspan(piece);
    }
    const std::span<std::byte> room = grow(content);
    if (room.empty()) return fail(kTooLarge);
    stream.next_out = reinterpret_cast<Bytef*>(room.data());
    stream.avail_out = static_cast<uInt>(room.size());
    const int result = inflate(&stream, Z_NO_FLUSH);
    content.resize(content.size() - stream.avail_out);
    if (result == Z_STREAM_END) return content;
    if (result == Z_BUF_ERROR) return fail(kCutOff);
    if (result != Z_OK) return fail(kDamaged);
    if (bytes.empty() && stream.avail_in == 0 && stream.avail_out != 0) return fail(kCutOff);
  }
}

}  // namespace

std::optional<Compression> compression_of(btf::Bytes bytes) {
  using namespace std::string_view_literals;
  if (begins_with(bytes,
                  "\xfd"
                  "7zXZ\0"sv))
    return Compression::xz;
  if (begins_with(bytes, "\x28\xb5\x2f\xfd"sv)) return Compression::zstd;
  if (begins_with(bytes, "\x1f\x8b\x08"sv)) return Compression::gzip;
  return {};
}

Content decompress(btf::Bytes bytes, Compression how) {
  switch (how) {
    case Compression::xz:
      return unxz(bytes);
    case Compression::zstd:
      return unzstd(bytes);
    case Compression::gzip:
      return gunzip(bytes);
  }
  return fail(kDamaged);
}

}  // namespace retort
