# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# A test: the committed page of findings is what retort-findings writes.
execute_process(COMMAND ${PROGRAM} ${PAIRS} ${FRESH} COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CMAKE_COMMAND} -E compare_files ${FRESH} ${COMMITTED} RESULT_VARIABLE differs)
if(differs)
  message(FATAL_ERROR "oracles/FINDINGS.md is not what retort-findings writes. Run: retort-findings corpus/regressions "
                      "oracles/FINDINGS.md")
endif()
