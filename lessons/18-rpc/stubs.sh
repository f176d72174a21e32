#!/bin/sh
# Copy the two banks to the home folder, and make there what bank.proto describes.
#     sh stubs.sh
set -e
cp -r grpc_bank connect_bank ~
cd ~
python3 -m grpc_tools.protoc -I grpc_bank \
    --python_out=grpc_bank --grpc_python_out=grpc_bank bank.proto
python3 -m grpc_tools.protoc -I grpc_bank \
    --python_out=connect_bank --connectrpc_out=connect_bank \
    --connectrpc_opt=protobuf=google bank.proto
