// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "oracles/protocol.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>

#include "oracles/digest.h"
#include "oracles/model.h"
#include "oracles/names.h"

namespace retort {
namespace {

constexpr std::string_view kProtocol = "1";

std::string text_of(btf::Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::vector<std::byte> bytes_of(std::string_view text) {
  const auto* begin = reinterpret_cast<const std::byte*>(text.data());
  return {begin, begin + text.size()};
}

// A line's value cannot hold a line's end.
std::string on_one_line(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  return text;
}

template <class Number>
std::optional<Number> number_of(std::string_view text, int base = 10) {
  Number number{};
  const auto [end, error] = std::from_chars(text.begin(), text.end(), number, base);
  if (error != std::errc{} || end != text.end()) return {};
  return number;
}

template <class E, std::size_t N>
std::optional<E> named(std::string_view name, const std::array<E, N>& all,
                       std::string_view (*name_of)(E)) {
  for (const E one : all)
    if (name_of(one) == name) return one;
  return {};
}

constexpr std::array kOutcomes = {Outcome::accepted, Outcome::rejected, Outcome::crashed,
                                  Outcome::broken};
constexpr std::array kStages = {Stage::base,    Stage::split,    Stage::distilled, Stage::target,
                                Stage::distill, Stage::relocate, Stage::find};

std::string hex(std::uint64_t value) {
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(value));
  return text.data();
}

void append_word(std::string& to, std::uint32_t word) {
  for (unsigned shift = 0; shift < 32; shift += 8) to.push_back(static_cast<char>(word >> shift));
}

// Each name that find asks for: its kind, its length, its characters.
std::string names_of_question(const Pair& pair) {
  std::string names;
  const btf::BtfPtr top = read_top(pair, btf::Dialect::wide);
  if (!top) return names;
  for (const auto& [name, kind] : names_to_find(*top)) {
    append_word(names, static_cast<std::uint32_t>(kind));
    append_word(names, static_cast<std::uint32_t>(name.size()));
    names += name;
  }
  return names;
}

std::uint64_t digest_of_ids(std::string_view ids) {
  btf::Digest digest;
  const auto* words = reinterpret_cast<const std::byte*>(ids.data());
  for (std::size_t at = 0; at + btf::kWordBytes <= ids.size(); at += btf::kWordBytes)
    digest.add(btf::load_word(words + at));
  return digest.value();
}

// Who accepts without saying what it saw, has seen what the reference sees.
std::uint64_t digest_made_here(const Message& message, const Answer& answer, Op op,
                               const Pair& pair) {
  if (op == Op::find) return digest_of_ids(message.blob("ids"));
  if (op == Op::distill)
    return digest_of_distilled(answer.base_bytes, answer.bytes, btf::Dialect::wide);
  if (op == Op::relocate || op == Op::roundtrip) {
    const auto* target = pair.find(kTarget) != nullptr ? pair.find(kTarget) : pair.find(kBase);
    const auto base = btf::Btf::parse(*target, {.borrow = true});
    return base ? digest_of_result(answer.bytes, *base, btf::Dialect::wide) : 0;
  }
  btf::Policy unchecked = btf::agreed_policy();
  unchecked.checks = {};
  return answer_under(unchecked, op, pair).digest;
}

bool write_all(int out, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(out, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

int complain(const std::string& what) {
  std::fprintf(stderr, "the question cannot be read: %s.\n", what.c_str());
  return 2;
}

}  // namespace

Message greeting_message(const Greeting& greeting) {
  std::string ops;
  for (const Op op : greeting.ops) ops += (ops.empty() ? "" : " ") + std::string(op_name(op));
  return {.fields = {{"retort-oracle", std::string(kProtocol)},
                     {"version", on_one_line(greeting.version)},
                     {"describes", on_one_line(greeting.describes)},
                     {"ops", ops},
                     {"splits", std::to_string(greeting.max_splits)}},
          .blobs = {}};
}

std::expected<Greeting, std::string> read_greeting(const Message& message) {
  if (message.field("retort-oracle") != kProtocol)
    return std::unexpected("it does not greet with 'retort-oracle 1'");
  Greeting greeting{.version = std::string(message.field("version")),
                    .describes = std::string(message.field("describes")),
                    .ops = {}};
  std::string_view ops = message.field("ops");
  while (!ops.empty()) {
    const std::string_view name = ops.substr(0, ops.find(' '));
    ops.remove_prefix(std::min(ops.size(), name.size() + 1));
    // An operation that we do not know is one that we never ask for.
    if (const auto op = find_op(name)) greeting.ops.push_back(*op);
  }
  if (greeting.ops.empty()) return std::unexpected("its greeting names no operation");
  if (const auto splits = number_of<std::size_t>(message.field("splits")))
    greeting.max_splits = *splits;
  return greeting;
}

Message question_message(Op op, const Pair& pair) {
  Message message{.fields = {{"op", std::string(op_name(op))}},
                  .blobs = {{"pair", text_of(serialize(pair))}}};
  if (op == Op::find) message.blobs.emplace_back("names", names_of_question(pair));
  return message;
}

std::expected<Question, std::string> read_question(const Message& message) {
  const auto op = find_op(message.field("op"));
  if (!op)
    return std::unexpected("the operation '" + std::string(message.field("op")) + "' is unknown");
  auto pair = parse_pair(bytes_of(message.blob("pair")));
  if (!pair) return std::unexpected(pair.error().sentence);
  return Question{.op = *op, .pair = std::move(*pair)};
}

Message answer_message(const Answer& answer) {
  Message message{.fields = {{"outcome", std::string(outcome_name(answer.outcome))}}, .blobs = {}};
  if (answer.outcome == Outcome::accepted)
    message.fields.emplace_back("digest", hex(answer.digest));
  if (answer.outcome == Outcome::rejected) {
    message.fields.emplace_back("errno", std::to_string(answer.code));
    message.fields.emplace_back("stage", stage_name(answer.stage));
  }
  if (!answer.input_preserved) message.fields.emplace_back("input", "changed");
  if (!answer.property.empty())
    message.fields.emplace_back("property", on_one_line(answer.property));
  if (!answer.bytes.empty()) message.blobs.emplace_back("bytes", text_of(answer.bytes));
  if (!answer.base_bytes.empty()) message.blobs.emplace_back("base", text_of(answer.base_bytes));
  if (!answer.detail.empty()) message.blobs.emplace_back("detail", answer.detail);
  return message;
}

std::expected<Answer, std::string> read_answer(const Message& message, Op op, const Pair& pair) {
  Answer answer;
  const auto outcome = named(message.field("outcome"), kOutcomes, outcome_name);
  if (!outcome)
    return std::unexpected("the outcome '" + std::string(message.field("outcome")) +
                           "' is none of accepted, rejected, crashed, broken");
  answer.outcome = *outcome;
  answer.input_preserved = message.field("input") != "changed";
  answer.property = message.field("property");
  answer.bytes = bytes_of(message.blob("bytes"));
  answer.base_bytes = bytes_of(message.blob("base"));
  answer.detail = message.blob("detail");
  if (answer.outcome == Outcome::rejected) {
    const auto stage = named(message.field("stage"), kStages, stage_name);
    const auto code = number_of<int>(message.field("errno"));
    if (!stage || !code) return std::unexpected("a rejection needs an errno and a stage");
    answer.stage = *stage;
    answer.code = *code;
  }
  if (answer.outcome != Outcome::accepted) return answer;
  const auto digest = number_of<std::uint64_t>(message.field("digest"), 16);
  answer.digest = digest ? *digest : digest_made_here(message, answer, op, pair);
  return answer;
}

int serve(const Oracle& oracle, const Greeting& greeting, int in, int out) {
  if (!write_all(out, encode_message(greeting_message(greeting)))) return 2;
  std::string received;
  std::array<char, 1 << 16> buffer;
  while (true) {
    const auto message = take_message(received);
    if (!message) return complain(message.error());
    if (*message) {
      const auto question = read_question(**message);
      if (!question) return complain(question.error());
      const Answer answer = oracle.answer(question->op, question->pair);
      if (!write_all(out, encode_message(answer_message(answer)))) return 2;
      continue;
    }
    const ssize_t count = read(in, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return received.empty() && count == 0 ? 0 : 2;
    received.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

}  // namespace retort
