/* SPDX-License-Identifier: ISC */
#ifndef SPAWND_LOOP_ACCOUNT_H
#define SPAWND_LOOP_ACCOUNT_H

/* The lines of the accounting file: JSON, one for each connection. For ledger.c. Never blocks. */
#include "loop/ledger.h"

/* loop->accounting is another file: its size is asked for. */
void account_opened(struct loop *loop);

/* suppressed: how many of the service have had no line since the last. */
void account_refused(struct loop *loop, const struct service *service,
		     const struct account *account, const struct verdict *verdict,
		     uint32_t suppressed);
void account_ended(const struct connection *connection);

#endif
