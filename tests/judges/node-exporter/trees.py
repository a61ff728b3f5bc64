"""Hosts that this machine is not, as trees of files in the kernel's formats. Every number of a tree is another, so that no
column can stand for its neighbour."""
import itertools
import os
from pathlib import Path


class Host:
    """A folder with proc, sys, root, udev and text files of one host."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.counter = itertools.count(1001, 7)
        for name in ("proc", "sys", "root/etc", "udev", "text"):
            (self.folder / name).mkdir(parents=True)

    def n(self, count=1):
        return " ".join(str(next(self.counter)) for _ in range(count))

    def put(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())

    def put_all(self, folder, files):
        for name, text in files.items():
            self.put(f"{folder}/{name}", f"{text}\n")

    def numbers(self, folder, names):
        self.put_all(folder, {name: self.n() for name in names.split()})

    def link(self, name, target):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        os.symlink(target, path)


# --- a large server ----------------------------------------------------------------------------------------------------


def server_proc(h):
    h.put("proc/stat", "cpu  1 2 3 4 5 6 7 8 9 10\n" + "".join(f"cpu{i} {h.n(10)}\n" for i in (0, 1, 2, 3)) +
          f"intr {h.n(30)}\nctxt {h.n()}\nbtime 1700000123\nprocesses {h.n()}\nprocs_running 3\nprocs_blocked 1\nsoftirq {h.n(11)}\n")
    names = ("MemTotal MemFree MemAvailable Buffers Cached SwapCached Active Inactive Active(anon) Inactive(anon) Active(file) "
             "Inactive(file) Unevictable Mlocked SwapTotal SwapFree Zswap Zswapped Dirty Writeback AnonPages Mapped Shmem "
             "KReclaimable Slab SReclaimable SUnreclaim KernelStack PageTables SecPageTables NFS_Unstable Bounce WritebackTmp "
             "CommitLimit Committed_AS VmallocTotal VmallocUsed VmallocChunk Percpu HardwareCorrupted AnonHugePages "
             "ShmemHugePages ShmemPmdMapped FileHugePages FilePmdMapped CmaTotal CmaFree Hugepagesize Hugetlb DirectMap4k "
             "DirectMap2M DirectMap1G").split()
    h.put("proc/meminfo", "".join(f"{name}:{h.n():>12} kB\n" for name in names) +
          "".join(f"HugePages_{name}: {h.n()}\n" for name in ("Total", "Free", "Rsvd", "Surp")))
    h.put("proc/loadavg", "12.34 5.67 0.89 3/1234 56789\n")
    h.put("proc/vmstat", "".join(f"{name} {h.n()}\n" for name in (
        "nr_free_pages nr_dirty pgpgin pgpgout pswpin pswpout pgalloc_dma pgfault pgmajfault pgsteal_kswapd oom_kill "
        "pgmigrate_success numa_hit thp_fault_alloc pgpgoutclean pglazyfreed").split()))
    h.put("proc/schedstat", "version 15\ntimestamp 4295000000\n" +
          "".join(f"cpu{i} {h.n(9)}\ndomain0 03 {h.n(36)}\n" for i in (0, 1, 2, 3)))
    h.put("proc/sys/fs/file-nr", f"{h.n()}\t0\t{h.n()}\n")
    h.put_all("proc/sys/kernel/random", {"entropy_avail": "256", "poolsize": "4096"})
    h.put_all("proc/sys/kernel", {"threads-max": h.n(), "pid_max": h.n()})
    h.put_all("proc/sys/net/netfilter", {"nf_conntrack_count": h.n(), "nf_conntrack_max": h.n()})
    for name, text in {"cpu": "some {}\nfull {}\n", "io": "some {}\nfull {}\n", "memory": "some {}\nfull {}\n"}.items():
        h.put(f"proc/pressure/{name}", text.format(*(f"avg10=0.10 avg60=2.00 avg300=3.00 total={h.n()}" for _ in "ab")))


def server_processes(h):
    tasks = {1: {1: "S"}, 77: {77: "R", 78: "S", 79: "D"}, 300: {300: "Z"}}
    for pid, threads in tasks.items():
        line = "{} (a (strange) name) {} " + f"1 1 1 0 -1 4194560 {h.n(9)} 20 0 {len(threads)} 0 {h.n(30)}\n"
        h.put(f"proc/{pid}/stat", line.format(pid, threads[pid]))
        for thread, state in threads.items():
            h.put(f"proc/{pid}/task/{thread}/stat", line.format(thread, state))


def server_net(h):
    interfaces = ("lo", "eth0", "eth1", "bond0", "veth1a2b", "wlan0")
    h.put("proc/net/dev", "Inter-|   Receive                                                |  Transmit\n"
          " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n" +
          "".join(f"{name:>6}: {h.n(16)}\n" for name in interfaces))
    h.put("proc/net/arp", "IP address       HW type     Flags       HW address            Mask     Device\n" + "".join(
        f"10.0.0.{i:<9} 0x1         0x2         52:54:00:00:00:{i:02}     *        {device}\n"
        for i, device in enumerate(("eth0", "eth1", "eth0", "bond0", "eth0"), 10)))

    def pairs(tables):
        return "".join(f"{name}: {fields}\n{name}: {h.n(len(fields.split()))}\n" for name, fields in tables.items())
    h.put("proc/net/snmp", pairs({
        "Ip": "Forwarding DefaultTTL InReceives InHdrErrors", "Icmp": "InMsgs InErrors InCsumErrors InDestUnreachs OutMsgs OutErrors",
        "IcmpMsg": "InType3 OutType8", "Tcp": "RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens PassiveOpens AttemptFails EstabResets "
        "CurrEstab InSegs OutSegs RetransSegs InErrs OutRsts InCsumErrors",
        "Udp": "InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors InCsumErrors IgnoredMulti",
        "UdpLite": "InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors"}))
    h.put("proc/net/netstat", pairs({
        "TcpExt": "SyncookiesSent SyncookiesRecv SyncookiesFailed EmbryonicRsts TW ListenOverflows ListenDrops TCPTimeouts TCPSynRetrans "
        "TCPOrigDataSent", "IpExt": "InNoRoutes InOctets OutOctets InMcastOctets", "MPTcpExt": "MPCapableSYNRX"}))
    h.put("proc/net/snmp6", "".join(f"{name:<32}\t{h.n()}\n" for name in (
        "Ip6InReceives Ip6InOctets Ip6OutOctets Icmp6InMsgs Icmp6InErrors Icmp6OutMsgs Icmp6OutErrors Udp6InDatagrams Udp6NoPorts "
        "Udp6InErrors Udp6OutDatagrams Udp6RcvbufErrors Udp6SndbufErrors UdpLite6InErrors").split()))
    h.put("proc/net/sockstat", f"sockets: used {h.n()}\nTCP: inuse {h.n()} orphan {h.n()} tw {h.n()} alloc {h.n()} mem {h.n()}\n"
          f"UDP: inuse {h.n()} mem {h.n()}\nUDPLITE: inuse 0\nRAW: inuse 1\nFRAG: inuse 0 memory {h.n()}\n")
    h.put("proc/net/sockstat6", f"TCP6: inuse {h.n()}\nUDP6: inuse {h.n()}\nUDPLITE6: inuse 0\nRAW6: inuse 2\nFRAG6: inuse 0 memory 0\n")
    h.put("proc/net/softnet_stat", "".join(f"{i + 0x4a0:08x} {i + 3:08x} {i + 0x51:08x} " + "00000000 " * 9 + f"{cpu:08x} 00000000 00000000\n"
                                           for i, cpu in enumerate((0, 1, 2, 3))))
    sockets = "".join(f" {i:>4}: 0100007F:{0x35 + i:04X} 00000000:0000 07 {i * 512:08X}:{i * 77:08X} 00:00000000 00000000   101        0 "
                      f"{30000 + i} 2 0000000000000000 0\n" for i in range(5))
    heading = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n"
    h.put("proc/net/udp", heading + sockets)
    h.put("proc/net/udp6", heading + sockets.replace("0100007F", "0" * 32).replace(" 00000000:0000", " " + "0" * 32 + ":0000"))
    h.put("proc/net/stat/nf_conntrack", "entries  clashres found new invalid ignore delete chainlength insert insert_failed drop "
          "early_drop icmp_error  expect_new expect_create expect_delete search_restart\n" +
          "".join(" ".join(f"{int(v):08x}" for v in h.n(17).split()) + "\n" for _ in range(2)))
    h.put("proc/net/rpc/nfs", f"net {h.n(4)}\nrpc {h.n(3)}\nproc2 18 {h.n(18)}\nproc3 22 {h.n(22)}\nproc4 61 {h.n(61)}\n")
    h.put("proc/net/rpc/nfsd", f"rc {h.n(3)}\nfh {h.n(5)}\nio {h.n(2)}\nth {h.n(1)} 0\nra 32 {h.n(11)}\nnet {h.n(4)}\nrpc {h.n(5)}\n"
          f"proc2 18 {h.n(18)}\nproc3 22 {h.n(22)}\nproc4 2 {h.n(2)}\nproc4ops 72 {h.n(72)}\n")
    for number, name in enumerate(interfaces, 1):
        speed = {"wlan0": "-1", "lo": None}.get(name, "10000")
        h.put_all(f"sys/class/net/{name}", {
            "addr_assign_type": number % 4, "address": f"52:54:00:00:00:{number:02}", "broadcast": "ff:ff:ff:ff:ff:ff", "carrier": 1,
            "carrier_changes": h.n(), "carrier_up_count": h.n(), "carrier_down_count": h.n(), "dev_id": f"0x{number + 16:x}",
            "dormant": 0, "duplex": "full", "flags": f"0x{0x1003 + number:x}", "ifalias": f"to rack {number}" if number == 2 else "",
            "ifindex": number, "iflink": number + 20, "link_mode": 0, "mtu": 1500 + number, "name_assign_type": 4, "netdev_group": 0,
            "operstate": "down" if number == 6 else "up", "tx_queue_len": 1000, "type": 1} | ({"speed": speed} if speed else {}))
    h.put("sys/class/net/bonding_masters", "bond0 bond1\n")
    for master, slaves in {"bond0": {"eth0": "up", "eth1": "down"}, "bond1": {}}.items():
        h.put(f"sys/class/net/{master}/bonding/slaves", " ".join(slaves) + "\n")
        for slave, state in slaves.items():
            h.put(f"sys/class/net/{master}/lower_{slave}/bonding_slave/mii_status", state + "\n")


def server_disks(h):
    fields = {"sda": 17, "sda1": 17, "nvme0n1": 17, "nvme0n1p1": 17, "dm-0": 17, "md0": 15, "sr0": 11, "loop0": 17, "xvdb2": 17, "sdaa": 17}
    for_minor = {name: (8 if name.startswith("s") else 253, i) for i, name in enumerate(fields)}
    h.put("proc/diskstats", "".join(f"{for_minor[name][0]:>4} {for_minor[name][1]:>7} {name} {h.n(count)}\n" for name, count in fields.items()))
    h.put("udev/b8:0", "S:disk/by-id/x\nI:1234\nE:ID_ATA=1\nE:ID_ATA_ROTATION_RATE_RPM=7200\nE:ID_ATA_WRITE_CACHE=1\n"
          "E:ID_ATA_WRITE_CACHE_ENABLED=0\nE:ID_MODEL=Disk_4TB\nE:ID_PATH=pci-0000:00:1f.2-ata-1\nE:ID_REVISION=CC4H\n"
          "E:ID_SERIAL_SHORT=ZDH1\nE:ID_WWN=0x5000c500b1\nG:systemd\n")
    h.put("udev/b253:4", "E:DM_NAME=vg0-home\nE:DM_UUID=LVM-abc\nE:DM_VG_NAME=vg0\nE:DM_LV_NAME=home\nE:DM_LV_LAYER=real\n"
          "E:ID_FS_TYPE=ext4\nE:ID_FS_USAGE=filesystem\nE:ID_FS_UUID=a1-b2\nE:ID_FS_VERSION=1.0\n")
    h.put("proc/1/mounts", "proc /proc proc rw 0 0\n/dev/sda1 / ext4 rw,relatime 0 0\n/dev/mapper/vg0-home /home xfs ro,noatime 0 0\n"
          "tmpfs /run tmpfs rw 0 0\n/dev/sdb1 /srv/my\\040disk ext4 rw 0 0\noverlay /var/lib/docker/overlay2/x/merged overlay rw 0 0\n")
    for name in ("home", "srv/my disk"):
        (h.folder / "root" / name).mkdir(parents=True)
    h.put("proc/mdstat", """Personalities : [raid1] [raid6] [raid5] [raid4] [raid0] [linear] [raid10]
md0 : active raid1 sdb1[1] sda1[0]
      248896 blocks [2/2] [UU]
      bitmap: 0/1 pages [0KB], 65536KB chunk

md3 : active raid6 sda1[8] sdh1[7] sdg1[6] sdf1[5] sde1[11] sdd1[3] sdc1[10] sdb1[9] sdd1[10](S) sdd2[11](S)
      5853468288 blocks super 1.2 level 6, 64k chunk, algorithm 2 [8/8] [UUUUUUUU]

md8 : active raid1 sdb1[1] sda1[0] sdc[2](S) sde[3](F)
      195310144 blocks [2/1] [U_]
      [=>...................]  recovery =  8.5% (16775552/195310144) finish=17.0min speed=259783K/sec

md9 : active raid1 sdc2[2] sdd2[3] sdb2[1] sda2[0]
      523968 blocks super 1.2 [4/4] [UUUU]
        resync=DELAYED

md10 : active raid0 sda1[0] sdb1[1]
      314159265 blocks 64k chunks

md11 : active (auto-read-only) raid1 sdb2[0] sdc2[1]
      4190208 blocks super 1.2 [2/2] [UU]
        resync=PENDING

md12 : active raid1 sdb3[0] sdc3[1]
      3886394368 blocks super 1.2 [2/2] [UU]
      [>....................]  check =  3.4% (132220928/3886394368) finish=598.9min speed=104461K/sec
      bitmap: 0/29 pages [0KB], 65536KB chunk

md13 : inactive sdb1[0](S)
      7854720 blocks super 1.2

md14 : active raid5 sdc1[3] sdb1[1] sda1[0]
      1953260544 blocks super 1.2 level 5, 512k chunk, algorithm 2 [3/3] [UUU]
      [====>................]  resync = 21.0% (205124864/976630272) finish=88.1min speed=145932K/sec

unused devices: <none>
""")
    h.put("sys/fs/xfs/dm-0/stats/stats", f"extent_alloc {h.n(4)}\nabt {h.n(4)}\nblk_map {h.n(7)}\nbmbt {h.n(4)}\ndir {h.n(4)}\ntrans {h.n(3)}\n"
          f"ig {h.n(7)}\nlog {h.n(5)}\nrw {h.n(2)}\nvnodes {h.n(8)}\nxpc {h.n(3)}\ndebug 0\n")


def server_cpu(h):
    for i in (0, 1, 2, 3):
        folder = f"sys/devices/system/cpu/cpu{i}"
        h.put_all(f"{folder}/topology", {"physical_package_id": i // 2, "core_id": i % 2})
        h.put_all(f"{folder}/thermal_throttle", {"core_throttle_count": h.n(), "package_throttle_count": h.n()})
        h.put_all(f"{folder}/cpufreq", {name: h.n() for name in (
            "cpuinfo_cur_freq cpuinfo_max_freq cpuinfo_min_freq cpuinfo_transition_latency scaling_cur_freq scaling_max_freq "
            "scaling_min_freq").split()} | {"scaling_available_governors": "performance powersave", "scaling_driver": "intel_pstate",
                                            "scaling_governor": "powersave", "related_cpus": i, "scaling_setspeed": "<unsupported>"})
    h.put("sys/devices/system/cpu/isolated", "2,8-10\n")
    (h.folder / "sys/devices/system/cpu/cpufreq").mkdir()
    (h.folder / "sys/devices/system/cpu/cpuidle").mkdir()
    h.put_all("sys/devices/system/clocksource/clocksource0", {"available_clocksource": "tsc hpet acpi_pm ", "current_clocksource": "tsc"})
    for name, rows in {"mc0": (0, 1), "mc1": (0,)}.items():
        h.numbers(f"sys/devices/system/edac/mc/{name}", "ce_count ce_noinfo_count ue_count ue_noinfo_count")
        for row in rows:
            h.numbers(f"sys/devices/system/edac/mc/{name}/csrow{row}", "ce_count ue_count")
    for zone, name in {"intel-rapl:0": "package-0", "intel-rapl:0:0": "core", "intel-rapl:0:1": "dram", "intel-rapl:1": "package-1",
                       "intel-rapl:1:0": "core", "intel-rapl-mmio:0": "psys"}.items():
        h.put_all(f"sys/class/powercap/{zone}", {"name": name, "energy_uj": h.n(), "max_energy_range_uj": "262143328850"})
    h.put_all("sys/class/powercap/intel-rapl", {"enabled": 1})


def server_sensors(h):
    chip = "sys/devices/platform/coretemp.0/hwmon/hwmon0"
    h.put_all(chip, {"name": "coretemp", "temp1_input": 45000, "temp1_label": "Package id 0", "temp1_max": 84000, "temp1_crit": 94000,
                     "temp1_crit_alarm": 0, "temp2_input": 43500, "temp2_label": " Core 0  ", "temp2_type": 4, "uevent": ""})
    (h.folder / chip / "power").mkdir()
    h.link(f"{chip}/device", "../../../coretemp.0")
    h.link("sys/class/hwmon/hwmon0", "../../devices/platform/coretemp.0/hwmon/hwmon0")
    h.put_all("sys/class/hwmon/hwmon1", {
        "name": "NCT6779-I2C", "in0_input": 1001, "in0_min": 900, "in0_alarm": 1, "cpu0_vid": 1250, "fan1_input": 1201, "fan1_min": 300,
        "fan1_target": 1300, "fan1_pulses": 2, "fan1_fault": 0, "fan2_input": 777, "pwm1": 128, "pwm1_enable": 2, "pwm1_auto_point1_pwm": 60,
        "temp1_input": 31500, "temp1_beep": 1, "temp1_offset": -500, "curr1_input": 2500, "curr1_max": 3500, "power1_input": 45000000,
        "power1_average_interval": 1000, "power1_average_interval_max": 2000, "power1_accuracy": 10000, "power1_cap": 90000000,
        "energy1_input": 123456789, "humidity1_input": 45600, "intrusion0_alarm": 1, "intrusion0_beep": 0, "vrm": 91, "beep_enable": 1,
        "update_interval": 1500, "fan3_input": "N/A"})
    h.put_all("sys/class/hwmon/hwmon2", {"in1_input": 3300})
    for i, (kind, temperature) in enumerate((("x86_pkg_temp", 51000), ("acpitz", -1000))):
        h.put_all(f"sys/class/thermal/thermal_zone{i}", {"type": kind, "policy": "step_wise", "temp": temperature, "mode": "enabled"})
    for i, state in enumerate((0, 3)):
        h.put_all(f"sys/class/thermal/cooling_device{i}", {"type": "Processor", "cur_state": state, "max_state": 10 + i})
    numbers = ("authentic calibrate capacity capacity_alert_max capacity_alert_min cycle_count online present time_to_empty_now "
               "time_to_full_now current_boot current_max current_now energy_empty energy_empty_design energy_full energy_full_design "
               "energy_now voltage_boot voltage_max voltage_max_design voltage_min voltage_min_design voltage_now voltage_ocv "
               "charge_control_limit charge_control_limit_max charge_counter charge_empty charge_empty_design charge_full "
               "charge_full_design charge_now charge_term_current constant_charge_current constant_charge_current_max "
               "constant_charge_voltage constant_charge_voltage_max precharge_current input_current_limit power_now temp temp_alert_max "
               "temp_alert_min temp_ambient temp_ambient_max temp_ambient_min temp_max temp_min")
    h.numbers("sys/class/power_supply/BAT0", numbers)
    h.put_all("sys/class/power_supply/BAT0", {"capacity_level": "Normal", "charge_type": "Fast", "health": "Good", "manufacturer": "LGC",
                                             "model_name": "LNV-45N1", "scope": "System", "serial_number": "38109", "status": "Charging",
                                             "technology": "Li-ion", "type": "Battery", "usb_type": "[C] PD"})
    h.put_all("sys/class/power_supply/AC", {"online": 0, "type": "Mains"})


def server_adapters(h):
    h.put_all("sys/class/nvme/nvme0", {"firmware_rev": "1B2Q", "model": 'Samsung "970" PRO', "serial": "S680H", "state": "live"})
    h.put_all("sys/class/fc_host/host0", {
        "speed": "16 Gbit", "port_state": "Online", "port_type": "Point-To-Point (direct nport connection)", "node_name": "0x2000e0071bce95f2",
        "port_id": "0x000002", "port_name": "0x1000e0071bce95f2", "fabric_name": "0x0", "dev_loss_tmo": "30", "symbolic_name": "Emulex SN1100E2P",
        "supported_classes": "Class 3", "supported_speeds": "4 Gbit, 8 Gbit, 16 Gbit"})
    h.numbers("sys/class/fc_host/host0/statistics", "dumped_frames error_frames invalid_crc_count rx_frames rx_words tx_frames tx_words "
              "seconds_since_last_reset invalid_tx_word_count link_failure_count loss_of_sync_count loss_of_signal_count fcp_packet_aborts")
    h.put_all("sys/class/fc_host/host0/statistics", {"nos_count": "0xffffffffffffffff", "link_failure_count": "0x1f"})
    h.put_all("sys/class/infiniband/mlx4_0", {"board_id": "SM_1141000001000", "fw_ver": "2.31.5050", "hca_type": "MT4099"})
    port = "sys/class/infiniband/mlx4_0/ports/1"
    h.put_all(port, {"state": "4: ACTIVE", "phys_state": "5: LinkUp", "rate": "40 Gb/sec (4X QDR)"})
    h.numbers(f"{port}/counters", "excessive_buffer_overrun_errors link_downed link_error_recovery local_link_integrity_errors "
              "multicast_rcv_packets multicast_xmit_packets port_rcv_constraint_errors port_rcv_data port_rcv_discards port_rcv_errors "
              "port_rcv_packets port_rcv_remote_physical_errors port_rcv_switch_relay_errors port_xmit_constraint_errors port_xmit_data "
              "port_xmit_discards port_xmit_packets port_xmit_wait symbol_error unicast_rcv_packets unicast_xmit_packets VL15_dropped")
    h.numbers(f"{port}/counters_ext", "port_multicast_rcv_packets port_multicast_xmit_packets port_rcv_data_64 port_rcv_packets_64 "
              "port_unicast_rcv_packets port_unicast_xmit_packets port_xmit_data_64 port_xmit_packets_64")
    for name in ("st0", "nst0", "st0a"):
        h.numbers(f"sys/class/scsi_tape/{name}/stats", "in_flight io_ns other_cnt read_byte_cnt read_cnt read_ns resid_cnt write_byte_cnt "
                  "write_cnt write_ns")
    h.put("sys/class/dmi/id/product_name", b"Server\xff\xfe \xc0\xaf\n")
    h.put_all("sys/class/dmi/id", {
        "bios_date": "04/12/2021", "bios_release": "2.2", "bios_vendor": "Dell Inc.", "bios_version": "2.2.4", "board_asset_tag": "caf\u00e9",
        "board_name": "07PXPY", "board_serial": ".7N62AI2.", "board_vendor": "Dell Inc.", "board_version": "A01", "chassis_asset_tag": "",
        "chassis_serial": "7N62AI2", "chassis_type": "23", "chassis_vendor": "Dell Inc.", "chassis_version": "", "modalias": "dmi:x",
        "product_family": "PowerEdge", "chassis_height": "2", "product_serial": "7N62AI2", "product_sku": "SKU=NotProvided",
        "product_uuid": "83340ca8-cb49-4474-8c29-d2088ca84dd9", "product_version": "", "sys_vendor": "Dell Inc.", "uevent": "MODALIAS=x"})


def server_texts(h):
    h.put("root/etc/os-release", '# who\nNAME="Ubuntu"\nVERSION="22.04.1 LTS (Jammy Jellyfish)"\nID=ubuntu\nID_LIKE=debian\n'
          "PRETTY_NAME='Ubuntu 22.04.1 LTS'\nVERSION_ID=\"22.04\"\nVERSION_CODENAME=jammy\nHOME_URL=\"https://x/\"\nBUILD_ID=7\n"
          "IMAGE_ID=img\nIMAGE_VERSION=33\nVARIANT=\"Server Edition\"\nVARIANT_ID=server\n")
    h.put("text/backup.prom", "# HELP backup_last_seconds When\n# TYPE backup_last_seconds gauge\nbackup_last_seconds 1.7e9\n"
          'backup_bytes_total{set="home",host="a"} 123456\nbackup_bytes_total{set="etc"}\t+Inf\n')
    h.put("text/odd.prom", 'odd{path="C:\\\\x",say="\\"hi\\"\\n",empty=""} -0.5\nnan_is_there NaN\nspaced { a = "b" , } 3\n')
    h.put("text/left-alone.txt", "this is no series\n")


def server(h):
    for part in (server_proc, server_processes, server_net, server_disks, server_cpu, server_sensors, server_adapters, server_texts):
        part(h)


# --- a container, and an old kernel ------------------------------------------------------------------------------------


def bare(h):
    """Hardly anything can be read: what succeeds and what fails must still agree."""
    h.put("proc/stat", f"cpu0 {h.n(4)}\nintr 7\nctxt 5\nbtime 1700000000\nprocesses 3\nprocs_running 1\nprocs_blocked 0\n")
    h.put_all("proc/sys/kernel", {"threads-max": h.n(), "pid_max": h.n()})
    h.put("proc/meminfo", "MemTotal: 8 kB\nMemFree: 4 kB\n")
    h.put("proc/1/mounts", "/dev/vda / ext4 rw 0 0\n")
    h.put("root/etc/os-release", "ID=arch\n")


def old(h):
    """Linux 3.10: fewer columns, and drivers whose sensors stand in the device's own folder."""
    h.put("proc/stat", f"cpu0 {h.n(10)}\nintr {h.n(4)}\nctxt 5\nbtime 1500000000\nprocesses 3\nprocs_running 1\nprocs_blocked 0\n")
    h.put_all("proc/sys/kernel", {"threads-max": h.n(), "pid_max": h.n()})
    h.put("proc/meminfo", "MemTotal: 1048576 kB\nMemFree: 4 kB\nHugePages_Total: 0\n")
    h.put("proc/diskstats", f"   8       0 sda {h.n(11)}\n   8       1 sda1 {h.n(11)}\n")
    h.put("proc/net/softnet_stat", "000004a0 00000001 00000051" + " 00000000" * 7 + " 00000000\n" + "000004b0 00000002 00000052" + " 00000000" * 8 + "\n")
    h.put("proc/net/rpc/nfs", f"net {h.n(4)}\nrpc {h.n(3)}\nproc3 22 {h.n(22)}\nproc4 48 {h.n(48)}\n")
    h.put("proc/loadavg", "0.00 0.01 0.05 1/99 321\n")
    h.put("proc/vmstat", "pgpgin 5\npgpgout 6\npgfault 7\npgmajfault 8\n")
    h.put("proc/1/mounts", "rootfs / rootfs rw 0 0\n/dev/sda1 / ext4 rw 0 0\n")
    h.put("proc/mdstat", "Personalities : [linear] [raid1]\nmd127 : active linear sdc1[1] sdb1[0]\n      2094080 blocks super 1.2 0k rounding\n\n"
          "unused devices: <none>\n")
    device = "sys/devices/pci0000:00/0000:00:18.3"
    h.put_all(device, {"name": "k10temp", "temp1_input": 38250, "temp1_max": 70000})
    (h.folder / device / "hwmon/hwmon0").mkdir(parents=True)
    h.link(f"{device}/hwmon/hwmon0/device", "../../../0000:00:18.3")
    h.link("sys/class/hwmon/hwmon0", "../../devices/pci0000:00/0000:00:18.3/hwmon/hwmon0")
    h.put("root/usr/lib/os-release", 'NAME="CentOS Linux"\nVERSION_ID="7"\nID="centos"\nID_LIKE="rhel fedora"\n')


TREES = {"server": server, "bare": bare, "old": old}
