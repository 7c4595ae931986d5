/* SPDX-License-Identifier: ISC */
/*
 * Links the zygote and the floors below it without libev. That it links is the test; it is never
 * run.
 */
#include "zygote/zygote.h"

int main(void)
{
	return zygote_run();
}
