// SPDX-License-Identifier: GPL-2.0-only
// What the C++ library waits with: cxx_waits condvar|future|atomic|semaphore|latch|shared_mutex.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <future>
#include <latch>
#include <memory>
#include <mutex>
#include <semaphore>
#include <shared_mutex>
#include <thread>

#include "truth.h"

namespace shop
{

constexpr int rounds = 100;

std::mutex order_lock;
std::condition_variable order_ready;
int orders;
std::atomic<int> tickets;
std::counting_semaphore<100> tables{0};
std::shared_mutex menu_lock;

static void pause()
{
	std::this_thread::sleep_for(std::chrono::milliseconds(2));
}

FRAME void wait_condvar(int round)
{
	std::unique_lock<std::mutex> guard(order_lock);
	order_ready.wait(guard, [round] { return orders > round; });
}

FRAME void wait_future(std::future<int> &answer)
{
	answer.get();
	FRAME_END();
}

FRAME void wait_atomic(int round)
{
	tickets.wait(round);
	FRAME_END();
}

FRAME void wait_semaphore()
{
	tables.acquire();
	FRAME_END();
}

FRAME void wait_latch(std::latch &latch)
{
	latch.wait();
	FRAME_END();
}

FRAME void wait_shared()
{
	std::shared_lock<std::shared_mutex> guard(menu_lock);
	FRAME_END();
}

static void give_condvar()
{
	std::lock_guard<std::mutex> guard(order_lock);
	orders++;
	order_ready.notify_one();
}

static void run_pairs(const char *kind)
{
	std::thread giver([kind] {
		for (int i = 0; i < rounds; i++) {
			pause();
			if (!strcmp(kind, "condvar")) {
				give_condvar();
			} else if (!strcmp(kind, "atomic")) {
				tickets++;
				tickets.notify_all();
			} else {
				tables.release();
			}
		}
	});
	for (int i = 0; i < rounds; i++) {
		if (!strcmp(kind, "condvar"))
			wait_condvar(i);
		else if (!strcmp(kind, "atomic"))
			wait_atomic(i);
		else
			wait_semaphore();
	}
	giver.join();
}

static void run_futures()
{
	for (int i = 0; i < rounds; i++) {
		std::promise<int> promise;
		std::future<int> answer = promise.get_future();
		std::thread giver([&promise] {
			pause();
			promise.set_value(1);
		});
		wait_future(answer);
		giver.join();
	}
}

static void run_latches()
{
	for (int i = 0; i < rounds; i++) {
		auto latch = std::make_unique<std::latch>(1);
		std::thread giver([&latch] {
			pause();
			latch->count_down();
		});
		wait_latch(*latch);
		giver.join();
	}
}

static void run_shared()
{
	std::atomic<bool> over = false;
	std::thread writer([&over] {
		for (int i = 0; i < rounds; i++) {
			{
				std::unique_lock<std::shared_mutex> guard(menu_lock);
				pause();
			}
			pause();
		}
		over = true;
	});
	while (!over) {
		wait_shared();
		std::this_thread::sleep_for(std::chrono::microseconds(100));
	}
	writer.join();
}

} // namespace shop

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	truth_begin();
	truth_object("condvar", &shop::order_ready, sizeof(shop::order_ready));
	truth_object("order-lock", &shop::order_lock, sizeof(shop::order_lock));
	truth_object("atomic", &shop::tickets, sizeof(shop::tickets));
	truth_object("semaphore", &shop::tables, sizeof(shop::tables));
	truth_object("rwlock", &shop::menu_lock, sizeof(shop::menu_lock));
	if (!strcmp(argv[1], "future"))
		shop::run_futures();
	else if (!strcmp(argv[1], "latch"))
		shop::run_latches();
	else if (!strcmp(argv[1], "shared_mutex"))
		shop::run_shared();
	else
		shop::run_pairs(argv[1]);
	truth_end();
	return 0;
}
