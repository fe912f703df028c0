# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
# Uses ccache where the machine has it: the presets share most of their sources, and a hunt builds often.
find_program(RETORT_CCACHE ccache)
mark_as_advanced(RETORT_CCACHE)
foreach(language C CXX)
  if(RETORT_CCACHE AND NOT DEFINED CMAKE_${language}_COMPILER_LAUNCHER)
    set(CMAKE_${language}_COMPILER_LAUNCHER "${RETORT_CCACHE}")
  endif()
endforeach()
