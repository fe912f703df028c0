# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
# Builds one version of libbpf into one relocatable object with a single visible symbol, its `struct libbpf_ops`, so that any
# number of versions link into one program. What a version can do is found by asking its headers, never by its number.
include(CheckCSourceCompiles)

find_program(RETORT_LD NAMES ld.lld-19 ld.lld ld REQUIRED)
find_program(RETORT_OBJCOPY NAMES llvm-objcopy-19 llvm-objcopy objcopy REQUIRED)
mark_as_advanced(RETORT_LD RETORT_OBJCOPY)

# ASan keeps one flag for each linked program that says whether its globals are registered. Were each version to have its
# own, every one would register the globals of all again.
set(RETORT_SANITIZER_GLOBALS ___asan_globals_registered)

# What allocates and frees in libbpf goes through oracles/libbpf/memory.c.
set(RETORT_ALLOCATOR malloc calloc realloc reallocarray free strdup strndup realpath)

# "newest" is the newest release series that any suite of apt's mirror offers. Where there is none, or nobody can be asked,
# it is left out, and `retort oracles` says why.
set(RETORT_LIBBPF_SERIES "6.12;newest" CACHE STRING "The release series of libbpf to build, separated by semicolons")

# retort_upstream_dir(SERIES OUT REASON): the folder of upstream's sources of that series: the one that the user named, else
# the cache that ci/upstream fills from the distribution's package; or nothing, and a sentence that says why not.
function(retort_upstream_dir series out reason)
  string(MAKE_C_IDENTIFIER "${series}" id)
  string(REGEX REPLACE "^_" "" id "${id}")
  set(RETORT_LIBBPF_${id} "" CACHE PATH "A kernel's or libbpf's checkout to build libbpf-${series} from")
  set(${reason} "" PARENT_SCOPE)
  if(RETORT_LIBBPF_${id})
    set(${out} "${RETORT_LIBBPF_${id}}" PARENT_SCOPE)
    return()
  endif()
  message(STATUS "libbpf-${series}: looking for its sources (the first time, they may have to be fetched)")
  execute_process(COMMAND "${PROJECT_SOURCE_DIR}/ci/upstream" --series ${series}
                  OUTPUT_VARIABLE dir OUTPUT_STRIP_TRAILING_WHITESPACE
                  ERROR_VARIABLE error ERROR_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE result)
  if(NOT result EQUAL 0)
    string(REGEX REPLACE ".*ci/upstream: " "" error "${error}")
    string(REPLACE ";" "," error "${error}")
    set(${out} "" PARENT_SCOPE)
    set(${reason} "${error}" PARENT_SCOPE)
    return()
  endif()
  # A new version of the package configures, and with that unpacks and builds, anew.
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${dir}/SOURCE.json")
  if(EXISTS "/usr/src/linux-source-${series}.tar.xz")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "/usr/src/linux-source-${series}.tar.xz")
  endif()
  set(${out} "${dir}" PARENT_SCOPE)
endfunction()

# The release series of the sources that ci/upstream put into DIR.
function(retort_series_of dir out)
  file(READ "${dir}/SOURCE.json" record)
  string(JSON series GET "${record}" series)
  set(${out} "${series}" PARENT_SCOPE)
endfunction()

# The exact version of the sources in DIR: what ci/upstream recorded, else what git says, else the content of btf.c.
function(retort_upstream_version dir btf_c out)
  if(EXISTS "${dir}/SOURCE.json")
    file(READ "${dir}/SOURCE.json" record)
    string(JSON version GET "${record}" version)
  else()
    find_program(RETORT_GIT git)
    mark_as_advanced(RETORT_GIT)
    set(version "")
    if(RETORT_GIT AND EXISTS "${dir}/.git")
      execute_process(COMMAND "${RETORT_GIT}" -C "${dir}" describe --always --tags --dirty
                      OUTPUT_VARIABLE version OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    endif()
    if(NOT version)
      file(SHA256 "${btf_c}" hash)
      string(SUBSTRING "${hash}" 0 12 hash)
      set(version "btf.c sha256 ${hash}")
    endif()
  endif()
  set(${out} "${version}" PARENT_SCOPE)
endfunction()

# retort_add_libbpf(SERIES [DIR]) makes, of a series, "newest" or a label of DIR, the library target libbpf-SERIES, whose only symbol is retort_libbpf_SERIES (with
# what C does not allow in a name replaced by "_"), and adds it to retort_libbpf_all.
function(retort_add_libbpf series)
  if(ARGC GREATER 1)
    set(dir "${ARGV1}")
  else()
    retort_upstream_dir("${series}" dir reason)
    if(NOT dir AND NOT series STREQUAL newest)
      message(FATAL_ERROR "libbpf-${series}: ${reason}")
    elseif(NOT dir)
      message(STATUS "libbpf-${series}: left out: ${reason}")
      set_property(GLOBAL APPEND PROPERTY RETORT_LIBBPF_MISSING "libbpf-${series}|${reason}")
      return()
    endif()
    if(series STREQUAL newest)
      retort_series_of("${dir}" series)
    endif()
    if(TARGET libbpf-${series})
      return()
    endif()
  endif()
  if(EXISTS "${dir}/tools/lib/bpf/btf.c")
    set(src "${dir}/tools/lib/bpf")
    set(include "${dir}/tools/include")
  elseif(EXISTS "${dir}/src/btf.c" AND IS_DIRECTORY "${dir}/include")
    set(src "${dir}/src")
    set(include "${dir}/include")
  else()
    message(FATAL_ERROR "libbpf-${series}: '${dir}' holds neither tools/lib/bpf/btf.c (a kernel's sources) nor "
                        "src/btf.c and include/ (libbpf's own repository).")
  endif()
  set(includes "${src}" "${include}" "${include}/uapi")
  string(MAKE_C_IDENTIFIER "libbpf_${series}" id)
  set(name "libbpf-${series}")
  retort_upstream_version("${dir}" "${src}/btf.c" version)
  message(STATUS "${name}: ${version}")

  file(GLOB sources CONFIGURE_DEPENDS "${src}/*.c")
  add_library(${name}-upstream OBJECT ${sources})
  target_include_directories(${name}-upstream PRIVATE ${includes} ${RETORT_ELF_INCLUDES})
  target_compile_definitions(${name}-upstream PRIVATE _LARGEFILE64_SOURCE _FILE_OFFSET_BITS=64)
  # libbpf's list and offsetof macros form pointers from null and to unaligned members everywhere, its loops over parts
  # that are not there add nothing to null, it copies nothing from null, and its hash tables call through casts; none of
  # that is a finding, and each would end a run.
  set(no_sanitize null,alignment,pointer-overflow,nonnull-attribute)
  if(CMAKE_C_COMPILER_ID MATCHES "Clang")
    string(APPEND no_sanitize ",function")
    # Neither ninja nor ccache looks into the list: a copy that is named by its content makes them.
    set(ignored "${PROJECT_SOURCE_DIR}/oracles/libbpf/ubsan_ignore.txt")
    file(SHA256 "${ignored}" hash)
    configure_file("${ignored}" "${CMAKE_CURRENT_BINARY_DIR}/ubsan_ignore-${hash}.txt" COPYONLY)
    target_compile_options(${name}-upstream PRIVATE
      "-fsanitize-ignorelist=${CMAKE_CURRENT_BINARY_DIR}/ubsan_ignore-${hash}.txt")
  endif()
  target_compile_options(${name}-upstream PRIVATE -std=gnu11 -w -g -fno-omit-frame-pointer -fvisibility=hidden
                                                  -ffunction-sections -fdata-sections -fno-sanitize=${no_sanitize})

  if(RETORT_TESTS)
    retort_add_plain_libbpf("${series}" "${src}" "${include}" "${include}/uapi")
    set_property(GLOBAL PROPERTY RETORT_PLAIN_INCLUDES_${series} "${RETORT_PLAIN_INCLUDES}")
    set_property(GLOBAL APPEND PROPERTY RETORT_PLAIN_SERIES "${series}")
  endif()

  add_library(${name}-shim OBJECT "${PROJECT_SOURCE_DIR}/oracles/libbpf/shim.c"
                                  "${PROJECT_SOURCE_DIR}/oracles/libbpf/memory.c"
                                  "${PROJECT_SOURCE_DIR}/oracles/libbpf/shim_core.c"
                                  "${PROJECT_SOURCE_DIR}/oracles/libbpf/shim_dump.c"
                                  "${PROJECT_SOURCE_DIR}/oracles/libbpf/shim_elf.c"
                                  "${PROJECT_SOURCE_DIR}/oracles/libbpf/shim_ext.c")
  target_link_libraries(${name}-shim PRIVATE retort_options)
  target_include_directories(${name}-shim SYSTEM PRIVATE ${includes})
  target_compile_definitions(${name}-shim PRIVATE RETORT_LIBBPF_SYMBOL=retort_${id}
                                                  RETORT_LIBBPF_SERIES="${series}" RETORT_LIBBPF_VERSION="${version}")
  retort_libbpf_has(btf_ext__set_endianness "${id}" "${src}" has)
  if(has)
    target_compile_definitions(${name}-shim PRIVATE RETORT_LIBBPF_HAS_EXT_SET_ENDIANNESS)
  endif()
  # Declared long before they were defined.
  foreach(function btf__new_split btf_ext__raw_data)
    file(STRINGS "${src}/btf.c" has REGEX "^[a-z].*[ *]${function}[(]" LIMIT_COUNT 1)
    if(has)
      string(REGEX REPLACE "__" "_" macro "${function}")
      string(TOUPPER "RETORT_LIBBPF_HAS_${macro}" macro)
      target_compile_definitions(${name}-shim PRIVATE ${macro})
    endif()
  endforeach()
  foreach(function distill_base relocate permute)
    retort_libbpf_has(btf__${function} "${id}" "${src}" has)
    if(has)
      string(TOUPPER "RETORT_LIBBPF_HAS_${function}" macro)
      target_compile_definitions(${name}-shim PRIVATE ${macro})
    endif()
  endforeach()

  set(keep "")
  foreach(symbol retort_${id} ${RETORT_SANITIZER_GLOBALS})
    list(APPEND keep "--keep-global-symbol=${symbol}")
  endforeach()
  set(redirect "")
  foreach(function ${RETORT_ALLOCATOR})
    list(APPEND redirect "--redefine-sym=${function}=retort_${function}")
  endforeach()
  set(object "${CMAKE_CURRENT_BINARY_DIR}/${name}.o")
  add_custom_command(
    OUTPUT "${object}"
    COMMAND "${RETORT_LD}" -r -o "${object}.upstream" $<TARGET_OBJECTS:${name}-upstream>
    COMMAND "${RETORT_OBJCOPY}" ${redirect} "${object}.upstream"
    COMMAND "${RETORT_LD}" -r -o "${object}.tmp" "${object}.upstream" $<TARGET_OBJECTS:${name}-shim>
    COMMAND "${RETORT_OBJCOPY}" ${keep} "${object}.tmp" "${object}"
    COMMAND "${CMAKE_COMMAND}" -E rm "${object}.upstream" "${object}.tmp"
    DEPENDS $<TARGET_OBJECTS:${name}-upstream> $<TARGET_OBJECTS:${name}-shim>
    COMMENT "Linking ${name} into one object"
    COMMAND_EXPAND_LISTS VERBATIM)
  add_library(${name} STATIC "${object}")
  set_target_properties(${name} PROPERTIES LINKER_LANGUAGE C)
  target_link_libraries(${name} INTERFACE retort_elf)
  # Most of libbpf is about loading programs. Where the linker can drop what the table does not reach (lld can), its
  # edges go too, coverage is a share of what a fuzzer could cover, and the program does not need libelf at run time.
  target_link_options(${name} INTERFACE -Wl,--gc-sections -Wl,--as-needed)
  set_property(GLOBAL APPEND PROPERTY RETORT_LIBBPF_TARGETS ${name})
  set_property(GLOBAL APPEND PROPERTY RETORT_LIBBPF_SYMBOLS retort_${id})
  set_property(GLOBAL APPEND PROPERTY RETORT_LIBBPF_OBJECTS "${object}")
endfunction()

# retort_add_plain_libbpf(SERIES SRC INCLUDE...): the same sources as their own build makes them, a static archive with all
# symbols visible and no instrumentation: what an exported finding is compiled against. `bpf/` in its include folder is
# what an installed libbpf has there. Damage that shows only with sanitizers has an archive with them beside it.
function(retort_add_plain_libbpf series src)
  file(GLOB sources CONFIGURE_DEPENDS "${src}/*.c")
  set(headers "${CMAKE_CURRENT_BINARY_DIR}/plain-${series}")
  file(MAKE_DIRECTORY "${headers}")
  file(CREATE_LINK "${src}" "${headers}/bpf" SYMBOLIC)
  set(no_sanitize null,alignment,nonnull-attribute)
  if(CMAKE_C_COMPILER_ID MATCHES "Clang")
    string(APPEND no_sanitize ",function")
  endif()
  foreach(variant plain sanitized)
    set(library libbpf-${series}-${variant})
    add_library(${library} STATIC ${sources})
    target_include_directories(${library} PRIVATE "${src}" ${ARGN})
    target_compile_definitions(${library} PRIVATE _LARGEFILE64_SOURCE _FILE_OFFSET_BITS=64)
    target_compile_options(${library} PRIVATE -std=gnu11 -w -g -fno-sanitize=all)
    if(RETORT_COVERAGE STREQUAL "trace-pc-guard")
      target_compile_options(${library} PRIVATE -fno-sanitize-coverage=trace-pc-guard,trace-cmp)
    endif()
  endforeach()
  target_compile_options(libbpf-${series}-plain PRIVATE -O2)
  target_compile_options(libbpf-${series}-sanitized PRIVATE -O1 -fsanitize=address,undefined -fno-sanitize-recover=all
                                                            -fno-sanitize=${no_sanitize})
  set(RETORT_PLAIN_INCLUDES "${headers}" ${ARGN} PARENT_SCOPE)
endfunction()

# Whether btf.h of the version in SRC declares FUNCTION.
function(retort_libbpf_has function id src out)
  set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
  set(CMAKE_REQUIRED_INCLUDES "${src}")
  set(CMAKE_REQUIRED_QUIET ON)
  set(result RETORT_${id}_has_${function})
  # Asked each time: the folder may hold another version by now.
  unset(${result} CACHE)
  check_c_source_compiles("#include \"btf.h\"\nconst void* used(void);\nconst void* used(void) { return (const void*)&${function}; }"
                          ${result})
  set(${out} "${${result}}" PARENT_SCOPE)
endfunction()

# retort_c_table_of_missing(OUT LIST): the elements of a table in C, from a list of NAME|REASON.
function(retort_c_table_of_missing out list)
  set(rows "")
  foreach(missing ${list})
    string(REGEX REPLACE "[|].*" "" name "${missing}")
    string(REGEX REPLACE "^[^|]*[|]" "" reason "${missing}")
    string(REGEX REPLACE "([\\\\\"])" "\\\\\\1" reason "${reason}")
    string(REPLACE "\n" " " reason "${reason}")
    string(APPEND rows "    {\"${name}\", \"${reason}\"},\n")
  endforeach()
  set(${out} "${rows}" PARENT_SCOPE)
endfunction()

# retort_finish_libbpf() makes the target libbpf_all: every version that was added, and the list of their tables.
function(retort_finish_libbpf)
  get_property(targets GLOBAL PROPERTY RETORT_LIBBPF_TARGETS)
  get_property(symbols GLOBAL PROPERTY RETORT_LIBBPF_SYMBOLS)
  set(declarations "")
  set(entries "")
  foreach(symbol ${symbols})
    string(APPEND declarations "extern const struct libbpf_ops ${symbol};\n")
    string(APPEND entries "    &${symbol},\n")
  endforeach()
  get_property(missing GLOBAL PROPERTY RETORT_LIBBPF_MISSING)
  retort_c_table_of_missing(missing "${missing}")
  set(list "${CMAKE_CURRENT_BINARY_DIR}/libbpf_all.c")
  file(CONFIGURE OUTPUT "${list}" CONTENT "#include \"oracles/libbpf/ops.h\"
@declarations@
const struct libbpf_ops* const retort_libbpf_all[] = {
@entries@    0,
};
const struct libbpf_missing retort_libbpf_missing[] = {
@missing@    {0, 0},
};
" @ONLY)
  add_library(libbpf_all STATIC "${list}")
  target_link_libraries(libbpf_all PUBLIC retort_options ${targets})
endfunction()
