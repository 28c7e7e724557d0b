#include "net/asio.h"
// Their definitions, for the whole folder.
#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>
