/* SPDX-License-Identifier: ISC */
/* Tests a configuration. Runs alone, as whoever started it, and ends. */
#include "warden/dry_run.h"

#include "warden/held.h"
#include "warden/warden.h"

#include <stdio.h>

int dry_run_load(const char *config_path, struct snapshot *snapshot, struct config *config)
{
	struct config_errors errors;
	int error;

	config_errors_init(&errors);
	*config = (struct config){ 0 };
	error = snapshot_read(snapshot, config_path, &errors);
	if (error == 0)
		error = config_examine(config, snapshot, &errors);
	if (error == 0)
		error = held_test(config, &errors);
	config_errors_print(&errors, stderr);
	config_errors_free(&errors);
	if (error < 0) {
		config_free(config);
		snapshot_close(snapshot);
	}
	return error;
}

int dry_run(const char *config_path, bool print)
{
	struct snapshot snapshot;
	struct config config;

	if (dry_run_load(config_path, &snapshot, &config) < 0)
		return EXIT_STATUS_USAGE;
	if (print)
		config_print(&config, stdout);
	config_free(&config);
	snapshot_close(&snapshot);
	return 0;
}
