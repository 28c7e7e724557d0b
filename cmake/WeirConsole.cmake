# weir_embed_console(TARGET): links the files of web/dist into TARGET. With WEIR_CONSOLE=OFF the table is empty.
option(WEIR_CONSOLE "Link the web console into the binary" ON)
find_package(Python3 REQUIRED COMPONENTS Interpreter)

function(weir_embed_console target)
  set(out "${CMAKE_BINARY_DIR}/console")
  set(dist "${CMAKE_SOURCE_DIR}/web/dist")
  if(NOT WEIR_CONSOLE)
    set(dist "${CMAKE_BINARY_DIR}/no-console")
  endif()
  file(GLOB_RECURSE assets CONFIGURE_DEPENDS "${dist}/*")
  add_custom_command(
    OUTPUT "${out}/console_assets.S" "${out}/console_assets.cc"
    COMMAND Python3::Interpreter "${CMAKE_SOURCE_DIR}/tools/embed_assets.py" "${dist}" "${out}"
    DEPENDS "${CMAKE_SOURCE_DIR}/tools/embed_assets.py" ${assets}
    COMMENT "Embedding the console")
  target_sources(${target} PRIVATE "${out}/console_assets.S" "${out}/console_assets.cc")
endfunction()
