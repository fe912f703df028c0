# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#
# A test: the committed regression pairs are, file by file, what make-regressions writes.
file(REMOVE_RECURSE ${FRESH})
file(MAKE_DIRECTORY ${FRESH})
execute_process(COMMAND ${PROGRAM} ${FRESH} COMMAND_ERROR_IS_FATAL ANY)
file(GLOB fresh RELATIVE ${FRESH} ${FRESH}/*)
if(NOT fresh)
  message(FATAL_ERROR "make-regressions wrote nothing")
endif()
foreach(name ${fresh})
  execute_process(COMMAND ${CMAKE_COMMAND} -E compare_files ${FRESH}/${name} ${COMMITTED}/${name}
    RESULT_VARIABLE differs)
  if(differs)
    message(FATAL_ERROR "${name} is not what make-regressions writes; run it and commit the result")
  endif()
endforeach()
