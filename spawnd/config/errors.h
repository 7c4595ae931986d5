/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_CONFIG_ERRORS_H
#define SPAWND_CONFIG_ERRORS_H

#include "config/config.h"

/* Tells that a file is read now: errors are kept in the order of these calls. */
void config_errors_file(struct config_errors *errors, const char *name);

#endif
