// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
//
// Each kind has its function. Types only refer to types that are there already, so nothing contains
// itself; whoever wants references to later types shuffles the layer afterwards.
#include "fuzzers/type_maker.h"

#include <algorithm>
#include <array>
#include <bit>
#include <string_view>

#include "relocator/resolve.h"

namespace retort {
namespace {

// Larger values would only make sizes overflow.
constexpr std::uint32_t kMaxValueBytes = 4096;
constexpr std::uint32_t kNoComponent = 0xffffffff;

constexpr std::array<std::string_view, 24> kWords = {
    "task",  "inode", "page",  "list",   "node",   "file",   "sock",  "skb",
    "timer", "work",  "queue", "device", "driver", "module", "entry", "head",
    "lock",  "count", "state", "flags",  "data",   "ops",    "ctx",   "id"};
constexpr std::array<std::string_view, 5> kTags = {"user", "rcu", "percpu", "kptr",
                                                   "two words, not an identifier"};
constexpr std::array<std::string_view, 4> kSections = {".data", ".bss", ".rodata", "license"};

struct IntSort {
  std::string_view name;
  std::uint32_t size;
  std::uint32_t encoding;
};
constexpr std::array<IntSort, 10> kInts = {{{"int", 4, 1},
                                            {"unsigned int", 4, 0},
                                            {"char", 1, 2},
                                            {"long", 8, 1},
                                            {"unsigned long", 8, 0},
                                            {"short", 2, 1},
                                            {"unsigned char", 1, 0},
                                            {"_Bool", 1, 4},
                                            {"__int128", 16, 1},
                                            {"bits", 4, 0}}};

// How often each kind is made, out of the sum of all.
struct Share {
  Kind kind;
  std::uint32_t weight;
};
constexpr std::array<Share, 19> kShares = {{
    {Kind::int_, 8},       {Kind::ptr, 14},     {Kind::array, 6},     {Kind::struct_, 16},
    {Kind::union_, 6},     {Kind::enum_, 6},    {Kind::fwd, 5},       {Kind::typedef_, 8},
    {Kind::volatile_, 3},  {Kind::const_, 5},   {Kind::restrict_, 2}, {Kind::func, 4},
    {Kind::func_proto, 6}, {Kind::var, 4},      {Kind::datasec, 2},   {Kind::float_, 4},
    {Kind::decl_tag, 4},   {Kind::type_tag, 3}, {Kind::enum64, 4},
}};

Kind any_kind(Random& random) {
  static constexpr std::uint32_t kTotal = [] {
    std::uint32_t sum = 0;
    for (const Share& share : kShares) sum += share.weight;
    return sum;
  }();
  std::uint32_t left = random.below(kTotal);
  for (const Share& share : kShares) {
    if (left < share.weight) return share.kind;
    left -= share.weight;
  }
  return Kind::int_;
}

bool is_regular_int(const btf::Type& type) {
  const std::uint32_t word = type.fixed(0);
  const std::uint32_t bits = btf::int_bits(word);
  return btf::int_bit_offset(word) == 0 && bits == type.size() * 8 && std::has_single_bit(bits);
}

bool has_named_parameters(const EditType& proto) {
  for (std::uint32_t index = 0; index < proto.elements(); ++index) {
    const auto parameter = proto.element(index);
    const bool ellipsis = parameter[0] == 0 && parameter[1] == 0;
    if (parameter[0] == 0 && !ellipsis) return false;
  }
  return true;
}

constexpr std::uint32_t round_up(std::uint32_t value, std::uint32_t unit) {
  return (value + unit - 1) / unit * unit;
}

}  // namespace

TypeMaker::TypeMaker(Stack& stack, Random& random)
    : stack_(stack), random_(random), layer_(stack.layers.size() - 1) {
  learn();
}

void TypeMaker::learn() {
  btf::BtfPtr top;
  std::vector<std::vector<std::byte>> bytes;
  bytes.reserve(stack_.layers.size());
  for (const Layer& layer : stack_.layers) {
    bytes.push_back(encode(layer));
    const auto parsed = btf::Btf::parse(bytes.back(), {.base = top, .borrow = true});
    if (!parsed) return;
    top = *parsed;
  }
  btf::Resolver resolver(*top);
  for (std::uint32_t id = 1; id < top->end_id(); ++id) {
    const btf::Resolved resolved = resolver.resolve(id);
    Value value{.id = 0, .size = 0, .kind = resolved.kind};
    if (top->type(id).kind() == Kind::var)
      value.size = static_cast<std::uint32_t>(resolver.resolve(top->type(id).type_id()).size);
    if (resolved.sized && resolved.size <= kMaxValueBytes) {
      value.id = id;
      value.size = static_cast<std::uint32_t>(resolved.size);
      value.regular_int = resolved.kind == Kind::int_ && is_regular_int(top->type(resolved.id));
    }
    note(id, value);
  }
}

// `value.id` is 0 where values of the type have no size.
void TypeMaker::note(std::uint32_t id, Value value) {
  const EditType& type = *stack_.type(id);
  const Kind kind = type.kind();
  const bool named = type.name() != 0;
  if (named && kind != Kind::decl_tag && kind != Kind::type_tag)
    names_.emplace_back(stack_.name(type));
  const bool own = stack_.layer_of(id) == layer_;
  switch (kind) {
    case Kind::func:
      taggable_.push_back(id);
      return;
    case Kind::var:
      value.id = id;
      vars_.push_back(value);
      taggable_.push_back(id);
      if (own) own_vars_.push_back(value);
      return;
    case Kind::datasec:
    case Kind::decl_tag:
      return;
    case Kind::func_proto:
      if (has_named_parameters(type)) protos_.push_back(id);
      break;
    case Kind::struct_:
    case Kind::union_:
    case Kind::typedef_:
      taggable_.push_back(id);
      break;
    default:
      break;
  }
  referable_.push_back(id);
  if (value.id != 0) values_.push_back(value);
}

void TypeMaker::add_any() {
  add(any_kind(random_));
}

void TypeMaker::add(Kind kind) {
  switch (kind) {
    case Kind::int_:
      return add_int();
    case Kind::float_:
      return add_float();
    case Kind::ptr:
    case Kind::typedef_:
    case Kind::volatile_:
    case Kind::const_:
    case Kind::restrict_:
    case Kind::type_tag:
      return add_reference(kind);
    case Kind::array:
      return add_array();
    case Kind::struct_:
    case Kind::union_:
      return add_composite(kind);
    case Kind::enum_:
    case Kind::enum64:
      return add_enumeration(kind);
    case Kind::fwd:
      return add_fwd();
    case Kind::func_proto:
      return add_func_proto();
    case Kind::func:
      return add_func();
    case Kind::var:
      return add_var();
    case Kind::datasec:
      return add_datasec();
    case Kind::decl_tag:
      return add_decl_tag();
    case Kind::void_:
      return;
  }
}

std::string TypeMaker::fresh_name() {
  std::string text(random_.pick(kWords));
  // Without a number, namesakes across kinds and layers come by themselves.
  if (!random_.one_in(6)) text += "_" + std::to_string(random_.below(10000));
  return text;
}

std::uint32_t TypeMaker::type_name() {
  if (!names_.empty() && random_.percent(12)) {
    const std::string& used = random_.pick(names_);
    if (used.find(' ') == std::string::npos) return name(used);
  }
  return name(fresh_name());
}

std::uint32_t TypeMaker::member_name() {
  return random_.one_in(12) ? 0 : name(std::string(random_.pick(kWords)));
}

const TypeMaker::Value& TypeMaker::any_value() {
  if (values_.empty()) add_int();
  return random_.pick(values_);
}

std::uint32_t TypeMaker::index_type() {
  const auto regular = [](const Value& value) { return value.regular_int; };
  const auto count = std::ranges::count_if(values_, regular);
  if (count == 0) {
    // INT's own word: 32 bits, signed.
    EditType type = EditType::make(Kind::int_, name("int"), 4);
    type.fixed(0) = 1U << 24 | 32;
    const std::uint32_t id = append(type);
    note(id, {.id = id, .size = 4, .kind = Kind::int_, .regular_int = true});
    return id;
  }
  std::size_t left = random_.index(static_cast<std::size_t>(count));
  for (const Value& value : values_)
    if (value.regular_int && left-- == 0) return value.id;
  return 0;
}

std::uint32_t TypeMaker::any_of(const std::vector<std::uint32_t>& ids) {
  return ids.empty() ? 0 : random_.pick(ids);
}

void TypeMaker::add_int() {
  const IntSort& sort = random_.pick(kInts);
  EditType type = EditType::make(Kind::int_, name(std::string(sort.name)), sort.size);
  std::uint32_t bits = sort.size * 8;
  // The older notation of bit fields: an INT with fewer bits than its bytes have.
  if (sort.name == "bits") bits = random_.between(1, 31);
  type.fixed(0) = sort.encoding << 24 | bits;
  const std::uint32_t id = append(type);
  note(id, {.id = id, .size = sort.size, .kind = Kind::int_, .regular_int = bits == sort.size * 8});
}

void TypeMaker::add_float() {
  static constexpr std::array<std::uint32_t, 5> kSizes = {2, 4, 8, 12, 16};
  const std::uint32_t size = random_.pick(kSizes);
  const std::uint32_t id =
      append(EditType::make(Kind::float_, name("float" + std::to_string(size)), size));
  note(id, {.id = id, .size = size, .kind = Kind::float_});
}

void TypeMaker::add_reference(Kind kind) {
  const std::uint32_t to = random_.one_in(12) ? 0 : any_of(referable_);
  std::uint32_t own_name = 0;
  if (kind == Kind::typedef_) own_name = type_name();
  if (kind == Kind::type_tag) own_name = name(std::string(random_.pick(kTags)));
  const std::uint32_t id = append(EditType::make(kind, own_name, to));
  Value value;
  if (kind == Kind::ptr) {
    value = {.id = id, .size = 8, .kind = Kind::ptr};
  } else if (const auto found = std::ranges::find(values_, to, &Value::id);
             found != values_.end()) {
    value = *found;
    value.id = id;
  }
  note(id, value);
}

void TypeMaker::add_array() {
  const std::uint32_t index = index_type();
  Value element = any_value();
  if (element.kind == Kind::int_ && !element.regular_int)
    element = *std::ranges::find(values_, index, &Value::id);
  const std::uint32_t most = element.size == 0 ? 8 : std::min(8U, kMaxValueBytes / element.size);
  const std::uint32_t count = random_.between(0, most);
  EditType type = EditType::make(Kind::array);
  type.fixed(0) = element.id;
  type.fixed(1) = index;
  type.fixed(2) = count;
  const std::uint32_t id = append(type);
  note(id, {.id = id, .size = element.size * count, .kind = Kind::array});
}

void TypeMaker::add_composite(Kind kind) {
  const std::uint32_t own_name = random_.one_in(5) ? 0 : type_name();
  EditType type = EditType::make(kind, own_name, 0, random_.one_in(3));
  const bool points_to_itself = own_name != 0 && random_.one_in(4);
  std::uint32_t pointer = 0;
  if (points_to_itself) {
    pointer = append(EditType::make(Kind::ptr));
    stack_.type(pointer)->third() = pointer + 1;
  }
  std::uint32_t cursor = 0;
  std::uint32_t end = 0;
  if (points_to_itself) {
    type.add_element(std::array{name("next"), pointer, 0U});
    end = 64;
    cursor = kind == Kind::union_ ? 0 : end;
  }
  // Values that add_member() makes would get between the pointer and the struct.
  const std::uint32_t members = values_.empty() ? 0 : random_.below(6);
  for (std::uint32_t member = 0; member < members; ++member) add_member(type, cursor, end);
  type.third() = end / 8 + (end % 8 != 0) + (random_.one_in(4) ? random_.below(9) : 0);
  const std::uint32_t id = append(type);
  if (points_to_itself) note(pointer, {.id = pointer, .size = 8, .kind = Kind::ptr});
  note(id, {.id = type.third() <= kMaxValueBytes ? id : 0, .size = type.third(), .kind = kind});
}

// `cursor` is the first free bit, `end` one past the last bit in use.
void TypeMaker::add_member(EditType& composite, std::uint32_t& cursor, std::uint32_t& end) {
  const Value& value = any_value();
  // Beside bit fields that say their own size, an INT that does so too would contradict them.
  if (composite.kflag() && value.kind == Kind::int_ && !value.regular_int) return;
  const bool is_union = composite.kind() == Kind::union_;
  const bool may_be_bits = value.kind == Kind::int_ || btf::is_enumeration(value.kind);
  const bool is_bit_field =
      composite.kflag() && may_be_bits && value.size != 0 && random_.one_in(2);
  std::uint32_t bits = value.size * 8;
  std::uint32_t at = cursor;
  std::uint32_t offset = 0;
  if (is_bit_field) {
    bits = random_.between(1, std::min(bits, 64U));
    offset = bits << 24 | at;
  } else {
    const std::uint32_t alignment = std::min(64U, std::bit_ceil(std::max(bits, 8U)));
    const bool is_packed = value.kind != Kind::float_ && random_.one_in(8);
    if (!is_union) at = round_up(at, is_packed ? 8 : alignment);
    offset = at;
  }
  composite.add_element(std::array{member_name(), value.id, offset});
  end = std::max(end, at + bits);
  if (!is_union) cursor = at + bits;
}

void TypeMaker::add_enumeration(Kind kind) {
  static constexpr std::array<std::uint32_t, 4> kSizes = {1, 2, 4, 8};
  std::uint32_t size = kind == Kind::enum_ ? 4 : 8;
  if (random_.one_in(8)) size = random_.pick(kSizes);
  const std::uint32_t own_name = random_.one_in(4) ? 0 : type_name();
  EditType type = EditType::make(kind, own_name, size, random_.one_in(3));
  const std::uint32_t values = random_.below(4);
  for (std::uint32_t value = 0; value < values; ++value) {
    std::array<std::uint32_t, 3> element = {name(fresh_name()), random_.below(100),
                                            random_.below(2)};
    type.add_element(std::span(element).first(type.shape.element));
  }
  const std::uint32_t id = append(type);
  note(id, {.id = id, .size = size, .kind = kind});
}

void TypeMaker::add_fwd() {
  const std::uint32_t id = append(EditType::make(Kind::fwd, type_name(), 0, random_.one_in(3)));
  note(id, {});
}

void TypeMaker::add_func_proto() {
  const std::uint32_t result = random_.one_in(3) ? 0 : any_value().id;
  EditType type = EditType::make(Kind::func_proto, 0, result);
  const std::uint32_t parameters = random_.below(5);
  for (std::uint32_t index = 0; index < parameters; ++index)
    type.add_element(std::array{member_name(), any_value().id});
  if (parameters != 0 && random_.one_in(6)) type.add_element(std::array{0U, 0U});
  note(append(type), {});
}

void TypeMaker::add_func() {
  if (protos_.empty()) note(append(EditType::make(Kind::func_proto)), {});
  EditType type = EditType::make(Kind::func, type_name(), any_of(protos_));
  type.set_vlen(random_.below(2));
  note(append(type), {});
}

void TypeMaker::add_var() {
  const Value held = any_value();
  EditType type = EditType::make(Kind::var, type_name(), held.id);
  type.fixed(0) = random_.below(2);
  note(append(type), {.id = 0, .size = held.size});
}

void TypeMaker::add_datasec() {
  if (own_vars_.empty()) add_var();
  EditType type = EditType::make(Kind::datasec, name(std::string(random_.pick(kSections))));
  std::uint32_t end = 0;
  const std::uint32_t entries = random_.between(1, 3);
  for (std::uint32_t entry = 0; entry < entries; ++entry) {
    const std::uint32_t at = end + random_.below(3);
    // A variable of a lower layer makes the split impossible to distil: seldom.
    const Value& var = random_.pick(random_.one_in(40) ? vars_ : own_vars_);
    const std::uint32_t size = std::max(1U, var.size);
    type.add_element(std::array{var.id, at, size});
    end = at + size;
  }
  type.third() = end + random_.below(4);
  note(append(type), {});
}

void TypeMaker::add_decl_tag() {
  if (taggable_.empty()) add_composite(Kind::struct_);
  const std::uint32_t to = any_of(taggable_);
  const Kind kind = stack_.kind_of(to);
  const bool own = stack_.layer_of(to) == layer_;
  // A tag on a function or variable of a lower layer makes the split impossible to distil.
  if (!own && (kind == Kind::func || kind == Kind::var) && !random_.one_in(20)) return;
  EditType type = EditType::make(Kind::decl_tag, name(std::string(random_.pick(kTags))), to);
  std::uint32_t components = 0;
  // A struct of a lower layer loses its members in distillation.
  if (own && btf::is_composite(kind)) components = stack_.type(to)->elements();
  if (own && kind == Kind::func)
    if (const EditType* proto = stack_.type(stack_.type(to)->third()))
      components = proto->elements();
  type.fixed(0) = components == 0 || random_.one_in(2) ? kNoComponent : random_.below(components);
  note(append(type), {});
}

}  // namespace retort
