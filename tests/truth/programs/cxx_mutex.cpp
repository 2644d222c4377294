// SPDX-License-Identifier: GPL-2.0-only
// std::mutex under a lock_guard, in a method of a class template: names that need demangling.
#include <mutex>

#include "truth.h"

namespace bank
{

std::mutex ledger_lock;

template <typename Amount> class Account
{
      public:
	FRAME void deposit(Amount amount)
	{
		truth_log(&ledger_lock, TRUTH_WANT);
		std::lock_guard<std::mutex> guard(ledger_lock);
		truth_log(&ledger_lock, TRUTH_GOT);
		balance_ += amount;
		truth_sleep_us(200);
		truth_log(&ledger_lock, TRUTH_RELEASING);
	}

      private:
	Amount balance_ = 0;
};

Account<long> account;

} // namespace bank

static void *depositing_thread(void *arg)
{
	while (truth_goes_on()) {
		bank::account.deposit(1);
		truth_log(&bank::ledger_lock, TRUTH_RELEASED);
		truth_compute_us(20);
	}
	return arg;
}

int main()
{
	truth_begin();
	truth_object("lock", &bank::ledger_lock, sizeof(bank::ledger_lock));
	truth_threads(4, depositing_thread);
	truth_end();
	return 0;
}
