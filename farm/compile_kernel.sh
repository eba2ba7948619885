#!/bin/bash
#
# SLURM Batch Script for Kernel Compilation
#
#   sbatch farm/compile_kernel.sh
#   KERNEL_CONFIG=tinyconfig sbatch farm/compile_kernel.sh
#   sbatch --cpus-per-task=4 --mem=3500M farm/compile_kernel.sh     (Option A, from the command line)
#
# The logs are written in the directory where it was submitted.
#
#SBATCH --job-name=kernel_build       # Name of your job
#SBATCH --output=kernel_build_%j.out  # Standard output file (%j expands to jobID)
#SBATCH --error=kernel_build_%j.err   # Standard error file
#SBATCH --time=03:00:00               # Max runtime (3 hours, adjust as needed)
#SBATCH --nodes=1                     # Request 1 compute node
#
# --- RESOURCE REQUESTS (CHOOSE ONE SET) ---
# Less memory than the machine has: Slurm gives out what slurmd found, 3657 MB on node1 and 7682 MB on node2.
#
# Option A: For node1 (4 cores, 4GB RAM)
# #SBATCH --cpus-per-task=4           # Request 4 CPU cores for make -j4
# #SBATCH --mem=3500M                 # Request 3500 MB RAM
#
# Option B: For node2 (8 cores, 8GB RAM) - RECOMMENDED FOR FASTER BUILDS
#SBATCH --cpus-per-task=8             # Request 8 CPU cores for make -j8
#SBATCH --mem=7G                      # Request 7GB RAM
#
# --- END RESOURCE REQUESTS ---
#
# What is built comes from the environment of sbatch; every one of these has a default:
#   KERNEL_SOURCE_PATH  the kernel source            (default: linux in the farm's shared folder)
#   BUILD_OUTPUT_DIR    where the build goes         (default: kernel_builds/<job id> in the shared folder)
#   KERNEL_CONFIG       a configuration target (defconfig, tinyconfig, allmodconfig, ...) or the path of a .config;
#                       empty: keep the .config that is there, and where there is none use defconfig
#   ARCH                as the kernel's make takes it (default: this machine's)
#   CROSS_COMPILE       prefix of the cross compiler, e.g. aarch64-linux-gnu-
#   KERNEL_TARGETS      what to make                 (default: image, modules and device trees as ARCH has them)

set -euo pipefail

# The shared folder: /mnt/slurm_share, or that of a farm on one machine, which lies beside its slurm.conf.
SHARE=/mnt/slurm_share
LOCAL_FARM=${SLURM_CONF:-}
LOCAL_FARM=${LOCAL_FARM%/etc/slurm.conf}
if [[ -n $LOCAL_FARM && -d $LOCAL_FARM/share/kernel_builds ]]; then
    SHARE=$LOCAL_FARM/share
fi

# What the kernel calls this machine.
kernel_arch() {
    case $(uname -m) in
    i?86) echo i386 ;;
    aarch64) echo arm64 ;;
    arm*) echo arm ;;
    ppc*) echo powerpc ;;
    riscv*) echo riscv ;;
    s390*) echo s390 ;;
    *) uname -m ;;
    esac
}

KERNEL_SOURCE_PATH=${KERNEL_SOURCE_PATH:-$SHARE/linux}
BUILD_OUTPUT_DIR=${BUILD_OUTPUT_DIR:-$SHARE/kernel_builds/${SLURM_JOB_ID:?is set in a job: submit this script with sbatch}}
KERNEL_CONFIG=${KERNEL_CONFIG:-}
ARCH=${ARCH:-$(kernel_arch)}
CROSS_COMPILE=${CROSS_COMPILE:-}
KERNEL_TARGETS=${KERNEL_TARGETS:-}

# Paths are meant from where the job was submitted, and are used from the source directory.
BUILD_OUTPUT_DIR=$(realpath -m -- "$BUILD_OUTPUT_DIR")
if [[ $KERNEL_CONFIG == */* ]]; then KERNEL_CONFIG=$(realpath -m -- "$KERNEL_CONFIG"); fi

# The node as Slurm calls it: hostname is another where several nodes live on one machine.
NODE=${SLURMD_NODENAME:-$(hostname)}
# SLURM_CPUS_PER_TASK is set only where --cpus-per-task was given.
NUM_MAKE_JOBS=${SLURM_CPUS_PER_TASK:-${SLURM_CPUS_ON_NODE:-$(nproc)}}
# Note: both are in MB, whatever unit --mem was given in.
MEMORY=${SLURM_MEM_PER_NODE:-$((${SLURM_MEM_PER_CPU:-0} * NUM_MAKE_JOBS))}

echo "-----------------------------------------------------"
echo "SLURM Job ID: ${SLURM_JOB_ID}"
echo "Job Name: ${SLURM_JOB_NAME}"
echo "Running on host: ${NODE}"
echo "Assigned CPUS: ${NUM_MAKE_JOBS}"
echo "Assigned Memory: ${MEMORY}MB"
echo "Kernel Source Path: ${KERNEL_SOURCE_PATH}"
echo "Build Output Dir: ${BUILD_OUTPUT_DIR}"
echo "Current working directory: $(pwd)"
echo "-----------------------------------------------------"

finish() {
    echo "Job finished at $(date)"
    echo "-----------------------------------------------------"
    exit "$1"
}

# Create a unique directory for the build output (artifacts)
if ! mkdir -p "$BUILD_OUTPUT_DIR"; then
    echo "ERROR: Could not create output directory $BUILD_OUTPUT_DIR" >&2
    finish 1
fi

# Change to the kernel source directory
if ! cd "$KERNEL_SOURCE_PATH"; then
    echo "ERROR: Could not change to kernel source directory $KERNEL_SOURCE_PATH" >&2
    finish 1
fi
if [[ ! -f Kconfig || ! -f Makefile ]]; then
    echo "ERROR: $KERNEL_SOURCE_PATH is no kernel source directory (no Kconfig or no Makefile in it)" >&2
    finish 1
fi

# Load any necessary modules (e.g., specific GCC versions, cross-compilers)
# module load gcc/12.2.0
# module load some-toolchain

# Every build has an object directory of its own, so that builds of one source do not meet. A source that was
# configured in place ('make defconfig' in it) cannot be built that way: it is built in place, by one job at a time.
OBJ=$BUILD_OUTPUT_DIR/obj
if [[ -f .config || -d include/config ]]; then
    OBJ=$PWD
    exec 9>>.kernel_build.lock
    if ! flock -n 9; then
        echo "ERROR: another job is building in $KERNEL_SOURCE_PATH, which is configured in place" >&2
        echo "Run 'make mrproper' in it once, and every build gets an object directory of its own." >&2
        finish 1
    fi
fi
mkdir -p "$OBJ"

# An array, not a continued line: a comment after a backslash would cut the command in two. Every call of make gets
# ARCH, or the second call takes the tree for another architecture's and configures it again.
MAKE=(make "ARCH=$ARCH")
if [[ -n $CROSS_COMPILE ]]; then MAKE+=("CROSS_COMPILE=$CROSS_COMPILE"); fi
if [[ $OBJ != "$PWD" ]]; then MAKE+=("O=$OBJ"); fi

configure() {
    if [[ $KERNEL_CONFIG == */* ]]; then
        cp -- "$KERNEL_CONFIG" "$OBJ/.config" && "${MAKE[@]}" olddefconfig
    elif [[ -n $KERNEL_CONFIG ]]; then
        "${MAKE[@]}" "$KERNEL_CONFIG"
    elif [[ -f $OBJ/.config ]]; then
        "${MAKE[@]}" olddefconfig
    else
        "${MAKE[@]}" defconfig
    fi
}

# Image and dtbs exist on some architectures only, modules only where the configuration has them; 'all' is what the
# architecture's own Makefile builds.
default_targets() {
    local targets
    case $ARCH in
    x86* | i386) targets=(bzImage) ;;
    arm64 | riscv) targets=(Image dtbs) ;;
    arm) targets=(zImage dtbs) ;;
    *) targets=(all) ;;
    esac
    if grep -q '^CONFIG_MODULES=y' "$OBJ/.config"; then targets+=(modules); fi
    echo "${targets[@]}"
}

build() {
    configure || return
    read -ra TARGETS <<<"${KERNEL_TARGETS:-$(default_targets)}"
    echo "Make targets: ${TARGETS[*]}"
    "${MAKE[@]}" -j"${NUM_MAKE_JOBS}" "${TARGETS[@]}"
}

copy_artifacts() {
    local image file
    image=$("${MAKE[@]}" -s image_name) || return
    # image_name is what would be installed: arm64's is Image.gz, where Image was built.
    if [[ ! -f $OBJ/$image ]]; then image=${image%.gz}; fi
    for file in "$image" System.map .config; do
        # KERNEL_TARGETS may have asked for less than an image.
        if [[ -f $OBJ/$file ]]; then cp -- "$OBJ/$file" "$BUILD_OUTPUT_DIR/" || return; fi
    done
}

echo "Starting kernel compilation using 'make -j${NUM_MAKE_JOBS}'..."
echo "Compiling on node: ${NODE} with $(nproc) CPUs and $(lscpu | awk -F: '/^Thread\(s\) per core/ { print $2 + 0 }') threads per core."

# make's own exit status becomes the job's: nothing may stand between the two.
STATUS=0
build || STATUS=$?

if [[ $STATUS -eq 0 ]]; then
    echo "Kernel compilation successful!"
    echo "Copying build artifacts to $BUILD_OUTPUT_DIR"
    copy_artifacts || STATUS=$?
    # For modules, you might want to install them into a temporary location
    # "${MAKE[@]}" modules_install INSTALL_MOD_PATH="$BUILD_OUTPUT_DIR/modules_install"
else
    echo "Kernel compilation FAILED. Check the output in kernel_build_${SLURM_JOB_ID}.err"
fi
finish "$STATUS"
