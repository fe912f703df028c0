# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# A test: the committed dictionary is what make-dictionary prints.
execute_process(COMMAND ${PROGRAM} OUTPUT_FILE ${FRESH} COMMAND_ERROR_IS_FATAL ANY)
file(SIZE ${FRESH} size)
if(size EQUAL 0)
  message(FATAL_ERROR "make-dictionary printed nothing")
endif()
execute_process(COMMAND ${CMAKE_COMMAND} -E compare_files ${FRESH} ${COMMITTED} RESULT_VARIABLE differs)
if(differs)
  message(FATAL_ERROR "btf.dict is not what make-dictionary prints; run it and commit the result")
endif()
