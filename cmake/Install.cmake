# SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
# `cmake --install`, in two components: `relocator`, the reference as a library that another project finds with
# find_package(relocator), and `retort`, the command line with its manual and completion. The program retort-kernel goes
# beside the command line, which looks for it there first. Booted kernels stay the checkout's: they are Python, and need its
# cache.
include(CMakePackageConfigHelpers)

set(package "${CMAKE_INSTALL_LIBDIR}/cmake/relocator")
install(TARGETS relocator EXPORT relocator-targets COMPONENT relocator DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(EXPORT relocator-targets NAMESPACE relocator:: FILE relocator-config.cmake DESTINATION "${package}"
        COMPONENT relocator)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/relocator-config-version.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/relocator-config-version.cmake" DESTINATION "${package}" COMPONENT relocator)
file(GLOB headers CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/relocator/*.h")
list(FILTER headers EXCLUDE REGEX "/(test_support|dedup_cases)[.]h$")
install(FILES ${headers} DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/retort/relocator" COMPONENT relocator)
install(FILES "${PROJECT_SOURCE_DIR}/LICENSES/LGPL-2.1.txt" "${PROJECT_SOURCE_DIR}/LICENSES/BSD-2-Clause.txt"
        DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT relocator)

if(RETORT_COMMAND_LINE)
  install(TARGETS retort RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT retort)
  get_property(kernels GLOBAL PROPERTY RETORT_KERNELS)
  if(kernels)
    install(TARGETS retort-kernel RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT retort)
    install(FILES "${PROJECT_SOURCE_DIR}/LICENSES/GPL-2.0.txt" DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT retort)
  endif()
  set(documents "${PROJECT_BINARY_DIR}/fuzzers/cli")
  install(FILES "${documents}/retort.1" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1" COMPONENT retort)
  install(FILES "${documents}/retort.bash" RENAME retort
          DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions" COMPONENT retort)
  install(FILES "${PROJECT_SOURCE_DIR}/CHANGELOG.md" "${PROJECT_SOURCE_DIR}/README.md"
          DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT retort)
endif()
