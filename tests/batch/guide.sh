#!/bin/bash
#
# SLURM Batch Script for Kernel Compilation
#
#SBATCH --job-name=kernel_build       # Name of your job
#SBATCH --output=kernel_build_%j.out  # Standard output file (%j expands to jobID)
#SBATCH --error=kernel_build_%j.err   # Standard error file
#SBATCH --time=03:00:00               # Max runtime (3 hours, adjust as needed)
#SBATCH --nodes=1                     # Request 1 compute node
#
# --- RESOURCE REQUESTS (CHOOSE ONE SET) ---
#
# Option A: For node1 (4 cores, 4GB RAM)
# #SBATCH --cpus-per-task=4           # Request 4 CPU cores for make -j4
# #SBATCH --mem=4G                    # Request 4GB RAM
#
# Option B: For node2 (8 cores, 8GB RAM) - RECOMMENDED FOR FASTER BUILDS
#SBATCH --cpus-per-task=8             # Request 8 CPU cores for make -j8
#SBATCH --mem=8G                      # Request 8GB RAM
#
# --- END RESOURCE REQUESTS ---

# Set environment variables for the kernel build
# Replace 'linux-6.x.y' with your actual kernel source directory name
KERNEL_SOURCE_PATH="/mnt/slurm_share/linux-6.8.9"
BUILD_OUTPUT_DIR="/mnt/slurm_share/kernel_builds/${SLURM_JOB_ID}"

echo "-----------------------------------------------------"
echo "SLURM Job ID: ${SLURM_JOB_ID}"
echo "Job Name: ${SLURM_JOB_NAME}"
echo "Running on host: $(hostname)"
echo "Assigned CPUS: ${SLURM_CPUS_PER_TASK}"
echo "Assigned Memory: ${SLURM_MEM_PER_NODE}MB" # Note: SLURM_MEM_PER_NODE is in MB if --mem was in GB
echo "Kernel Source Path: ${KERNEL_SOURCE_PATH}"
echo "Build Output Dir: ${BUILD_OUTPUT_DIR}"
echo "Current working directory: $(pwd)"
echo "-----------------------------------------------------"

# Create a unique directory for the build output (artifacts)
mkdir -p "$BUILD_OUTPUT_DIR"
if [ $? -ne 0 ]; then
    echo "ERROR: Could not create output directory $BUILD_OUTPUT_DIR"
    exit 1
fi

# Change to the kernel source directory
cd "$KERNEL_SOURCE_PATH"
if [ $? -ne 0 ]; then
    echo "ERROR: Could not change to kernel source directory $KERNEL_SOURCE_PATH"
    exit 1
fi

# Load any necessary modules (e.g., specific GCC versions, cross-compilers)
# module load gcc/12.2.0
# module load some-toolchain

# Set the number of parallel jobs for 'make'.
# This uses the number of CPUs SLURM allocated to your job.
NUM_MAKE_JOBS=${SLURM_CPUS_PER_TASK}

echo "Starting kernel compilation using 'make -j${NUM_MAKE_JOBS}'..."
echo "Compiling on node: $(hostname) with $(nproc) physical cores and $(lscpu | grep 'Thread(s) per core' | awk '{print $NF}') threads per core."

# Execute the kernel compilation
# Assuming you want to build the 'Image' (compressed kernel), 'modules', and 'device tree blobs'
# Adjust ARCH and CROSS_COMPILE if you are cross-compiling for a different architecture
make -j"${NUM_MAKE_JOBS}" \
    ARCH=x86_64 \
    # CROSS_COMPILE=arm-linux-gnueabihf- \ # Uncomment and adjust for cross-compilation
    Image modules dtbs

# Check the exit status of the make command
if [ $? -eq 0 ]; then
    echo "Kernel compilation successful!"
    echo "Copying build artifacts to $BUILD_OUTPUT_DIR"

    # Copy relevant build artifacts to your output directory
    cp "$KERNEL_SOURCE_PATH/arch/x86/boot/bzImage" "$BUILD_OUTPUT_DIR/"
    # For modules, you might want to install them into a temporary location
    # make modules_install INSTALL_MOD_PATH="${BUILD_OUTPUT_DIR}/modules_install"
    # cp -r "$KERNEL_SOURCE_PATH/System.map" "$BUILD_OUTPUT_DIR/"
    # cp -r "$KERNEL_SOURCE_PATH/.config" "$BUILD_OUTPUT_DIR/"

else
    echo "Kernel compilation FAILED. Check the output in ${SLURM_JOB_NAME}_${SLURM_JOB_ID}.err"
    echo "Also check the detailed logs in $BUILD_OUTPUT_DIR/."
fi

echo "Job finished at $(date)"
echo "-----------------------------------------------------"
