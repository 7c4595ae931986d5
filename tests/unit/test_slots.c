/* SPDX-License-Identifier: ISC */
/* base/slots: places, generations, growth. */
#include "base/slots.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static void full_table_refuses(void **state)
{
	struct slots slots;
	uint32_t first, second, third;

	assert_int_equal(slots_init(&slots, 2), 0);
	assert_true(slots_take(&slots, &first));
	assert_true(slots_take(&slots, &second));
	assert_int_not_equal(first, second);
	assert_false(slots_take(&slots, &third));
	assert_int_equal(slots.used, 2);
	slots_give(&slots, first);
	assert_true(slots_take(&slots, &third));
	assert_int_equal(third, first);
	slots_free(&slots);
}

static void old_name_finds_nothing(void **state)
{
	struct slots slots;
	uint32_t index, generation;

	assert_int_equal(slots_init(&slots, 1), 0);
	assert_false(slots_in_use(&slots, 0));
	assert_true(slots_take(&slots, &index));
	generation = slots.slot[index].generation;
	assert_true(slots_is(&slots, index, generation));
	slots_give(&slots, index);
	assert_false(slots_is(&slots, index, generation));
	assert_true(slots_take(&slots, &index));
	assert_false(slots_is(&slots, index, generation));
	assert_true(slots_in_use(&slots, index));
	assert_false(slots_in_use(&slots, 1));
	slots_free(&slots);
}

static void growth_keeps_indexes(void **state)
{
	struct slots slots;
	bool seen[64] = { false };
	uint32_t index, generation;

	assert_int_equal(slots_init(&slots, 0), 0);
	assert_false(slots_take(&slots, &index));
	assert_int_equal(slots_grow(&slots, 3), 0);
	assert_true(slots_take(&slots, &index));
	generation = slots.slot[index].generation;
	assert_int_equal(slots_grow(&slots, 64), 0);
	assert_int_equal(slots_grow(&slots, 2), 0); /* never shrinks */
	assert_int_equal(slots.capacity, 64);
	assert_true(slots_is(&slots, index, generation));
	seen[index] = true;
	while (slots_take(&slots, &index)) {
		assert_in_range(index, 0, 63);
		assert_false(seen[index]);
		seen[index] = true;
	}
	assert_int_equal(slots.used, 64);
	slots_free(&slots);
}

/* Against a plain model over many random steps. */
static void random_steps(void **state)
{
	enum { CAPACITY = 17, STEPS = 20000 };
	struct slots slots;
	bool used[CAPACITY] = { false };
	uint32_t count = 0, index;

	srand(7);
	assert_int_equal(slots_init(&slots, CAPACITY), 0);
	for (int step = 0; step < STEPS; step++) {
		if (rand() % 2) {
			bool took = slots_take(&slots, &index);

			assert_int_equal(took, count < CAPACITY);
			if (took) {
				assert_false(used[index]);
				used[index] = true;
				count++;
			}
		} else {
			index = (uint32_t)rand() % CAPACITY;
			assert_int_equal(slots_in_use(&slots, index), used[index]);
			if (used[index]) {
				slots_give(&slots, index);
				used[index] = false;
				count--;
			}
		}
		assert_int_equal(slots.used, count);
	}
	slots_free(&slots);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(full_table_refuses),
		cmocka_unit_test(old_name_finds_nothing),
		cmocka_unit_test(growth_keeps_indexes),
		cmocka_unit_test(random_steps),
	};

	return cmocka_run_group_tests_name("slots", tests, NULL, NULL);
}
