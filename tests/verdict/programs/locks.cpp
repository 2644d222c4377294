// SPDX-License-Identifier: GPL-2.0-only
/* One std::mutex around all the work, or one for each part of the table. */
#include <array>
#include <chrono>
#include <cstring>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace shop
{

using clock = std::chrono::steady_clock;

std::mutex ledger_lock;
std::array<std::mutex, 64> drawer_locks;
double steps_per_us = 500;

[[gnu::always_inline]] inline void compute_us(double us)
{
	auto left = static_cast<unsigned long>(us * steps_per_us);
	unsigned long value = left;

	for (; left; left--) {
		value *= 2654435761u;
		asm volatile("" : "+r"(value));
	}
}

void measure()
{
	double best = 0;

	for (int i = 0; i < 6; i++) {
		auto start = clock::now();
		compute_us(500);
		std::chrono::duration<double, std::micro> took = clock::now() - start;
		best = std::max(best, 500 * steps_per_us / took.count());
	}
	steps_per_us = best;
}

class Till
{
    public:
	[[gnu::noinline]] void book()
	{
		std::lock_guard<std::mutex> guard(ledger_lock);
		compute_us(200);
	}

	[[gnu::noinline]] void book_in(unsigned drawer)
	{
		std::lock_guard<std::mutex> guard(drawer_locks[drawer % drawer_locks.size()]);
		compute_us(100);
	}
};

template <typename Work> void run(unsigned threads, Work work)
{
	std::vector<std::thread> crew;

	for (unsigned i = 0; i < threads; i++)
		crew.emplace_back(work, i);
	for (auto &thread : crew)
		thread.join();
}

void contended()
{
	run(4, [](unsigned) {
		Till till;
		for (int i = 0; i < 400; i++) {
			till.book();
			compute_us(50);
		}
	});
}

void sharded()
{
	run(std::thread::hardware_concurrency(), [](unsigned index) {
		Till till;
		unsigned state = index + 1;
		for (int i = 0; i < 4000; i++) {
			state = state * 1664525u + 1013904223u;
			till.book_in(state >> 8);
		}
	});
}

} // namespace shop

int main(int argc, char **argv)
{
	shop::measure();
	if (argc > 1 && !std::strcmp(argv[1], "contended"))
		shop::contended();
	else if (argc > 1 && !std::strcmp(argv[1], "sharded"))
		shop::sharded();
	else
		return 2;
	return 0;
}
