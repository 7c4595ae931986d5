/* SPDX-License-Identifier: ISC */
/*
 * Fuzzes the request that spawnctl metrics --http reads: one that is complete is judged as it would
 * be when more of it had come, and one that is not has no verdict.
 */
#include "fuzz.h"

#include "ctl/http.h"

#include <stdbool.h>
#include <string.h>

int FUZZ(http)(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data;
	bool head, head_before;
	int status = http_judge(bytes, size, &head);

	MUST(status == 0 || status == 200 || status == 400 || status == 404 || status == 405 ||
	     status == 505);
	MUST(!head || status == 200 || status == 404);
	MUST(status != 0 || !memmem(bytes, size, "\r\n\r\n", 4));
	for (size_t at = size; status != 0 && at > 0; at--) {
		int before = http_judge(bytes, at - 1, &head_before);

		MUST(before == 0 || (before == status && head_before == head));
		if (before == 0)
			break;
	}
	return 0;
}
